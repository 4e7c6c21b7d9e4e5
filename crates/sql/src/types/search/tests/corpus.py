#!/usr/bin/env python3
"""Writes corpus.txt: texts made at random from a fixed seed, and what PostgreSQL 15 answers to each.

It needs a PostgreSQL 15 in UTF-8 with the locale C.UTF-8, which psql finds by its environment (PGHOST, PGPORT, PGUSER), and is run
only when the corpus is to change: python3 corpus.py > corpus.txt. The tests read the file and need no PostgreSQL.

A line is a function with its configuration, the input and the answer, separated by tabs, with \\n, \\t, \\r and \\\\ escaped. An error is
`!`, its code and its message.
"""

import random
import re
import subprocess

RANDOM = random.Random(20240229)

WORDS = {
    "english": "the a of cat cats dogs running quickly databases relational universities happiness generously skies dying news "
    "it's O'Reilly e-mail state-of-the-art foo-bar-baz-2 well-known mother-in-law nationality hopping agreed conditional",
    "german": "die Häuser schönen Städte Straße Bücher aufeinander kategorisch können größere Übung",
    "french": "les maisons étaient naïve Noël continuellement chevaux majestueusement où été haïr égoïste",
    "russian": "мир мира ёлка красивые работающий и в не университетский дома привет running cats",
    "spanish": "las casas corriendo niños universidades rápidamente está porque",
    "italian": "le città abbandonata continuamente perché gli correndo",
    "portuguese": "as casas correndo não universidades rapidamente está",
    "dutch": "de huizen lopende fietsen mogelijkheden geïnteresseerd het",
    "swedish": "och husen springande möjligheter flickorna",
    "danish": "og husene løbende muligheder pigerne",
    "norwegian": "og husene løpende muligheter jentene",
    "finnish": "ja talot juoksemassa mahdollisuuksien tyttöjen",
    "hungarian": "és a házak futás lehetőségek lányok",
    "romanian": "și casele alergând posibilitățile fetelor",
    "turkish": "ve evler koşuyorum olanaklar kızların İstanbul",
    "simple": "Python über 中文 こんにちは 世界 हिन्दी العربية x1 abc123 3D C++ don't ΣΊΣΥΦΟΣ user_name é́a",
}
NUMBERS = (
    "1 -1 +5 3.14 -2.5 +.5 1e10 1.5E-3 -1e+5 1.2.3 1.2.3.4 -1.2.3 192.168.0.1 2024-01-31 12:30 1,000 0x1F 1st 42nd 5% $9.99 1/2 .5 5."
).split()
PLACES = (
    "foo@bar.com first.last@sub.example.co.uk a_b@c.de http://www.example.com/path/to?x=1&y=2 https://example.com:8080/ "
    "ftp://host.net/file.txt example.com www.foo-bar.org/index.html /usr/local/bin ./foo/bar ../up ~/notes/x.txt C:\\dir "
    "file.tar.gz a/b/c user@host host-1.example.com mailto:x@y.zz foo.b http://a.b #tag @user 1.example.com"
).split()
MARKUP = [
    "<b>", "</b>", "<br/>", '<a href="x">', "<script>", "</script>", "<style>", "</style>", "<!-- c -->", "<!doctype html>",
    "&amp;", "&#123;", "&#x1F;", "&nbsp", "<", "<x", "<?xml ?>", "<a b='c\\'d'>", "&:x;",
]  # fmt: skip


def noise():
    letters = "ab1.-/@:_<>&;#'\"!?=+e \\~ é" if RANDOM.random() < 0.7 else "aZ9é्́İß\u00a0\u2003中-.@/ ٣½"
    return "".join(RANDOM.choice(letters) for _ in range(RANDOM.randint(1, 12)))


def piece(language):
    words = (WORDS[language] + " " + WORDS[RANDOM.choice(["simple", "english"])]).split()
    kind = RANDOM.random()
    if kind < 0.5:
        return RANDOM.choice(words)
    if kind < 0.6:
        return RANDOM.choice(NUMBERS)
    if kind < 0.7:
        return RANDOM.choice(PLACES)
    if kind < 0.76:
        return RANDOM.choice(MARKUP)
    if kind < 0.84:
        return noise()
    if kind < 0.9:
        return RANDOM.choice(words) + RANDOM.choice("-./_@':") + RANDOM.choice(words)
    return RANDOM.choice(words).upper()


def document(language):
    separators = [" ", " ", " ", " ", " ", "  ", ". ", ", ", "-", "", "\n", "\t"]
    return "".join(piece(language) + RANDOM.choice(separators) for _ in range(RANDOM.randint(1, 8))).strip()


def query():
    operators = [" & ", " | ", " <-> ", " <2> ", "&", "|", "<3>", " ", " & !", " <0> "]
    words = [
        "a", "b", "cat", "dogs", "the", "foo-bar", "of", "running", "example.com", "12", "'a b'", "x:*", "cat:A", "dog:*bC", '"q"',
        "it's", "a\\'b", "'it''s'", "é", "a:b",
    ]  # fmt: skip

    def atom(depth):
        kind = RANDOM.random()
        if kind < 0.12 and depth < 3:
            return "(" + joined(depth + 1) + ")"
        if kind < 0.2:
            return "!" + atom(depth)
        return RANDOM.choice(words)

    def joined(depth):
        text = atom(depth)
        for _ in range(RANDOM.randint(0, 3)):
            wrong = [" <x> ", "<", " <-", " > ", ")", "("]
            text += RANDOM.choice(operators if RANDOM.random() < 0.95 else wrong) + atom(depth)
        return text

    return joined(0)


def web():
    words = [
        "cat", "dogs", "the", '"', "-", "or", "OR", "and", "foo-bar", "of", "!", "(", ")", "&", "|", "<", "'", "it's", ":", "a:b",
        "running", "\\", "-cat", '"big bad"', "or-x", "12", "é",
    ]  # fmt: skip
    return "".join(RANDOM.choice(words) + RANDOM.choice([" ", " ", ""]) for _ in range(RANDOM.randint(1, 7)))


def vector():
    right = ["a", "b", "'c d'", "a:1", "b:2A,3", "c:5B,7C", "d:1,1A,16384,20000", "e:3*", "'it''s':2"]
    wrong = ["x:0", "y:1AB", "z:", "\\q", "é:4", "a:1,", "b:3 ", "  ", "'u", "''"]
    return " ".join(RANDOM.choice(right + wrong if RANDOM.random() < 0.2 else right) for _ in range(RANDOM.randint(0, 6)))


def pair():
    """A vector and a query of the same few words."""
    words = ["a", "b", "c", "d", "ab", "a:1", "b:2A,3", "c:5B,7C", "d:1,4", "ab:3,9", "b:4", "a:2,6B", "abc:8"]

    def atom(depth):
        kind = RANDOM.random()
        if kind < 0.2 and depth < 3:
            return "(" + joined(depth + 1) + ")"
        if kind < 0.35:
            return "!" + atom(depth)
        return RANDOM.choice(["a", "b", "c", "d", "a:*", "ab", "b:A", "c:BC", "a:*B"])

    def joined(depth):
        text = atom(depth)
        for _ in range(RANDOM.randint(0, 2)):
            text += RANDOM.choice([" & ", " | ", " <-> ", " <-> ", " <2> ", " <0> "]) + atom(depth)
        return text

    left = " ".join(RANDOM.choice(words) for _ in range(RANDOM.randint(0, 6)))
    return left + " @@ " + joined(0)


def excerpt():
    """A document, a query and options of ts_headline."""
    words = (
        "cat dog the of a rats running quickly foo-bar example.com 12 <b> </b> house red shoes it's http://a.b/c x,y 3.14 "
        "very_long_word_here in on &amp; blue"
    ).split()
    queries = [
        "cat", "dog & cat", "cat <-> dog", "foo:*", "run | shoe", "!zebra", "red <-> shoe", "cat & !dog", "bar & foo-bar", "cat | cat",
        "rat <2> dog", "ca:* & cat", "house & red | blue", "zebra",
    ]  # fmt: skip
    options = [
        "", "", "MaxWords=10, MinWords=5", "MaxFragments=2", "MaxFragments=3, MaxWords=8, MinWords=2", "HighlightAll=true",
        "StartSel=[, StopSel=]", "ShortWord=0, MaxWords=7, MinWords=3", 'MaxFragments=2, FragmentDelimiter=" | ", MaxWords=6, MinWords=1',
        "StartSel = '<<', StopSel = \">>\"", "MaxWords=5", "Foo=1", "MinWords=0", "MaxWords=x", "StartSel",
    ]  # fmt: skip
    document = " ".join(RANDOM.choice(words) for _ in range(RANDOM.choice([3, 10, 40, 80])))
    return " @@ ".join([document, RANDOM.choice(queries), RANDOM.choice(options)])


def inputs():
    for call, text in everything():
        # The stemmer of Finnish that we have takes every character that is no vowel for a consonant.
        if "finnish" not in call or not re.search("[^ -~äöåÄÖÅ]", text):
            yield call, text


def everything():
    languages = list(WORDS)
    for _ in range(2400):
        language = RANDOM.choice(languages + ["english"] * 8 + ["simple"] * 4)
        yield "to_tsvector:" + language, document(language)
    for _ in range(500):
        yield "to_tsvector:simple", "".join(noise() for _ in range(RANDOM.randint(1, 3)))
    for _ in range(300):
        yield RANDOM.choice(["to_tsquery:english", "to_tsquery:simple", "tsquery:"]), query()
    for _ in range(250):
        yield "websearch_to_tsquery:" + RANDOM.choice(["english", "simple", "french"]), web()
    for _ in range(150):
        language = RANDOM.choice(languages)
        yield RANDOM.choice(["plainto_tsquery:", "phraseto_tsquery:"]) + language, document(language)
    for _ in range(150):
        yield "tsvector:", vector()
    for _ in range(700):
        yield "match:", pair()
    for _ in range(250):
        yield RANDOM.choice(["headline:english", "headline:simple"]), excerpt()
    for _ in range(300):
        ranked = pair()
        # Of many operands, PostgreSQL's own order depends on how it sorts.
        if len(re.findall("[abcd]+", ranked.split(" @@ ")[1])) <= 6:
            yield "rank:", ranked


ANSWER = r"""
set client_min_messages = error;
create function pg_temp.answer(call text, input text) returns text language plpgsql as $$
declare
  f text = split_part(call, ':', 1);
  c text = split_part(call, ':', 2);
  result text;
begin
  if f in ('tsvector', 'tsquery') then
    execute format('select %L::%s::text', input, f) into result;
  elsif f = 'match' then
    return split_part(input, ' @@ ', 1)::tsvector @@ split_part(input, ' @@ ', 2)::tsquery;
  elsif f = 'headline' then
    return ts_headline(c::regconfig, split_part(input, ' @@ ', 1), split_part(input, ' @@ ', 2)::tsquery, split_part(input, ' @@ ', 3));
  elsif f = 'rank' then
    select string_agg(ts_rank(v, q, n) || '/' || ts_rank_cd(v, q, n), ' ' order by n) into result
      from (select split_part(input, ' @@ ', 1)::tsvector, split_part(input, ' @@ ', 2)::tsquery) p(v, q),
        generate_series(0, 63, 21) n;
  else
    execute format('select %s(%L, %L)::text', f, c, input) into result;
  end if;
  return result;
exception when others then
  return '!' || sqlstate || ' ' || sqlerrm;
end $$;
create temp table inputs (number serial, call text, input text);
\copy inputs (call, input) from stdin
\copy (select call, input, pg_temp.answer(call, input) from inputs order by number) to stdout
"""


def escaped(text):
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def main():
    lines = sorted({f"{call}\t{escaped(text)}\n" for call, text in inputs()})
    command = ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1"]
    script = ANSWER.strip().split("\n")
    body = "\n".join(script[:-2])
    for argument in ["-c", body, "-c", script[-2], "-c", script[-1]]:
        command.append(argument)
    print(subprocess.run(command, input="".join(lines), capture_output=True, text=True, check=True).stdout, end="")


main()
