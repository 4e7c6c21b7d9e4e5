//! What version 2.109 of the JavaScript client sends, and how we read it.

use super::*;

/// Checks that `url` as the client sends it is read as the parameters `meaning`, in our own order and form.
#[track_caller]
fn check(method: &str, url: &str, body: &str, meaning: &str) {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let incoming = Incoming {
        method,
        path,
        query,
        headers: &[("Content-Type", "application/json")],
        body: body.as_bytes(),
        spool: None,
    };
    let request = match Request::parse(&incoming, &settings()) {
        Ok(Parsed::Data(request)) => request,
        other => panic!("{method} {url} gave {other:?}"),
    };
    let parameters: Vec<String> = request
        .parameters()
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    assert_eq!(parameters.join(" & "), meaning, "{method} {url}");
}

#[test]
fn reads() {
    check("GET", "t?select=*", "", "");
    check(
        "GET",
        "t?select=id%2Cname%2C%22a+b%22",
        "",
        "select=id,name,a b",
    );
    check(
        "GET",
        "t?select=id%2Cauthor%3Aauthors%21inner%28name%2Cbooks%28*%29%29%2C...publisher%28name%29",
        "",
        "select=id,author:authors!inner(name,books(*)),...publisher(name)",
    );
    check(
        "GET",
        "t?select=data-%3Ea-%3E%3Eb%2Cn%3Acount%28%29%2Cprice.sum%28%29",
        "",
        "select=data->a->>b,n:count(),price.sum()",
    );
    check("HEAD", "t?select=*", "", "");
}

#[test]
fn filters() {
    check("GET", "t?select=*&a=eq.1", "", "a=eq.1");
    check("GET", "t?select=*&a=neq.1", "", "a=neq.1");
    check("GET", "t?select=*&a=gt.1", "", "a=gt.1");
    check("GET", "t?select=*&a=gte.1", "", "a=gte.1");
    check("GET", "t?select=*&a=lt.1", "", "a=lt.1");
    check("GET", "t?select=*&a=lte.1", "", "a=lte.1");
    check(
        "GET",
        "t?select=*&a=eq.x%2Cy+%28z%29+%22q%22+%26+%3D+%2B+%25",
        "",
        r#"a=eq.x,y (z) "q" & = + %"#,
    );
    check("GET", "t?select=*&a=eq.", "", "a=eq.");
    check("GET", "t?select=*&a=eq.null", "", "a=eq.null");
    check(
        "GET",
        "t?select=*&a=like.%25x%25&b=ilike.*y*",
        "",
        "a=like.%x% & b=ilike.%y%",
    );
    check(
        "GET",
        "t?select=*&a=like%28all%29.%7B%25x%25%2Cy%25%7D&a=like%28any%29.%7Ba%2Cb%7D&a=ilike%28all%29.%7Bx%7D&a=ilike%28any%29.%7Bx%7D",
        "",
        "a=like(all).{%x%,y%} & a=like(any).{a,b} & a=ilike(all).{x} & a=ilike(any).{x}",
    );
    check(
        "GET",
        "t?select=*&a=is.null&b=is.true&c=is.false",
        "",
        "a=is.null & b=is.true & c=is.false",
    );
    check("GET", "t?select=*&a=in.%281%2C2%2C3%29", "", "a=in.(1,2,3)");
    check(
        "GET",
        "t?select=*&a=in.%28%22a%2Cb%22%2C%22c%28d%29%22%2Cplain%2Csay+%22hi%22%2Cback%5Cslash%2C%29",
        "",
        r#"a=in.("a,b","c(d)",plain,"say \"hi\"","back\\slash","")"#,
    );
    check("GET", "t?select=*&a=in.%28%29", "", "a=in.()");
    check(
        "GET",
        "t?select=*&a=not.in.%281%2C2%29",
        "",
        "a=not.in.(1,2)",
    );
    check("GET", "t?select=*&a=isdistinct.1", "", "a=isdistinct.1");
    check(
        "GET",
        "t?select=*&a=match.%5Ex.*&b=imatch.y",
        "",
        "a=match.^x.* & b=imatch.y",
    );
}

#[test]
fn filters_of_documents_texts_and_embeds() {
    check(
        "GET",
        "t?select=*&a=cs.%7Bx%2Cy+z%7D&b=cs.%7B%22k%22%3A%5B1%5D%7D&c=cs.%5B1%2C2%29",
        "",
        r#"a=cs.{x,y z} & b=cs.{"k":[1]} & c=cs.[1,2)"#,
    );
    check(
        "GET",
        "t?select=*&a=cd.%7Bx%7D&a=ov.%7Bx%2Cy%7D",
        "",
        "a=cd.{x} & a=ov.{x,y}",
    );
    check(
        "GET",
        "t?select=*&r=sr.%5B1%2C2%29&r=nxl.%5B1%2C2%29&r=sl.%5B1%2C2%29&r=nxr.%5B1%2C2%29&r=adj.%5B1%2C2%29",
        "",
        "r=sr.[1,2) & r=nxl.[1,2) & r=sl.[1,2) & r=nxr.[1,2) & r=adj.[1,2)",
    );
    check(
        "GET",
        "t?select=*&a=fts.cat+%26+dog&a=plfts%28english%29.x&a=phfts.x&a=wfts.x+y",
        "",
        "a=fts.cat & dog & a=plfts(english).x & a=phfts.x & a=wfts.x y",
    );
    check("GET", "t?select=*&a=eq.1&b=eq.x", "", "a=eq.1 & b=eq.x");
    check(
        "GET",
        "t?select=*&a=not.is.null&b=not.in.%281%2C2%29&c=not.eq.1",
        "",
        "a=not.is.null & b=not.in.(1,2) & c=not.eq.1",
    );
    check(
        "GET",
        "t?select=*&or=%28a.eq.1%2Cand%28b.gt.2%2Cc.is.null%29%29",
        "",
        "or=(a.eq.1,and(b.gt.2,c.is.null))",
    );
    check(
        "GET",
        "t?select=*%2Cr%28*%29&r.or=%28a.eq.1%2Cb.eq.2%29",
        "",
        "select=*,r(*) & r.or=(a.eq.1,b.eq.2)",
    );
    check(
        "GET",
        "t?select=*%2Cr%28*%29&r.a=in.%28%22x%22%2C%22y%2Cz%22%29&data-%3E%3Ek=eq.v",
        "",
        r#"select=*,r(*) & data->>k=eq.v & r.a=in.(x,"y,z")"#,
    );
}

#[test]
fn order_and_windows() {
    check(
        "GET",
        "t?select=*&order=a.asc%2Cb.desc%2Cc.asc.nullsfirst%2Cd.desc.nullslast",
        "",
        "order=a,b.desc,c.nullsfirst,d.desc.nullslast",
    );
    check(
        "GET",
        "t?select=*%2Cr%28*%29&r.order=x.asc&r.limit=3&r.offset=2",
        "",
        "select=*,r(*) & r.order=x & r.limit=3 & r.offset=2",
    );
    check(
        "GET",
        "t?select=*%2Cr%28*%29&order=r%28name%29.asc",
        "",
        "select=*,r(*) & order=r(name)",
    );
    check(
        "GET",
        "t?select=*&limit=5&offset=5",
        "",
        "limit=5 & offset=5",
    );
    check("GET", "t?select=*&limit=undefined", "", "");
}

#[test]
fn writes() {
    check("POST", "t", r#"{"a":1}"#, "");
    check(
        "POST",
        "t?columns=%22a%22%2C%22b%22",
        r#"[{"a":1},{"b":2}]"#,
        "columns=a,b",
    );
    check(
        "POST",
        "t?columns=%22a%22%2C%22b%22&select=id",
        r#"[{"a":1},{"b":2}]"#,
        "select=id & columns=a,b",
    );
    check("POST", "t", r#"{"id":1,"a":2}"#, "");
    check(
        "POST",
        "t?on_conflict=id%2C+b&columns=%22id%22&select=*",
        r#"[{"id":1}]"#,
        "columns=id & on_conflict=id,b",
    );
    check("DELETE", "t?id=eq.1", "", "id=eq.1");
    check(
        "DELETE",
        "t?id=in.%281%2C2%29&select=id",
        "",
        "select=id & id=in.(1,2)",
    );
    check("PATCH", "t?id=eq.1", r#"{"a":1}"#, "id=eq.1");
}

#[test]
fn calls() {
    check("POST", "rpc/f", r#"{"a":1,"b":"x"}"#, "");
    check(
        "GET",
        "rpc/f?a=1&b=%7B1%2C2%7D&c=x+y&select=id&x=eq.1&limit=2",
        "",
        "select=id & a=1 & b={1,2} & c=x y & x=eq.1 & limit=2",
    );
    check("HEAD", "rpc/f", "", "");
    check("POST", "rpc/f", r#"{"a":{"b":1}}"#, "");
}
