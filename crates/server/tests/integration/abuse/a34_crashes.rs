//! A34: nothing that arrives over a socket ends the server, and whatever fails in one request stays in it.

use underpin_testkit::Response;

use super::{ADA, server};

#[test]
fn a34_garbage_does_not_end_the_server() {
    let server = server();
    let visitor = server.visitor();
    for bytes in [
        &b"\0\0\0\0\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /rest/v1/notes?%%% HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"GET /rest/v1/notes?select=\xff\xfe HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"POST /rest/v1/notes HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /rest/v1/notes HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcde",
        b"POST /rest/v1/notes HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\nZZ\r\n",
        b"GET /rest/v1/notes HTTP/1.1\r\nhost: x\r\nprefer: \xff\xff\r\nrange: items=9-1\r\nconnection: close\r\n\r\n",
        b"GET /rest/v1/notes HTTP/1.1\r\nhost: x\r\nauthorization: Bearer \xff.\xff.\xff\r\nconnection: close\r\n\r\n",
        b"PROPFIND /rest/v1/notes HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"CONNECT example.com:443 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    ] {
        let Some(answer) = Response::parse(&visitor.raw(bytes), false) else {
            continue;
        };
        assert!((400..=501).contains(&answer.status) || answer.status == 200, "{bytes:?}: {}", answer.status);
        assert_ne!(answer.status, 500, "{bytes:?}: {}", answer.text());
    }
    is_up(&server);
}

#[test]
fn a34_odd_bodies_are_refused_one_by_one() {
    let server = server();
    let ada = server.user(ADA);
    for body in [
        &b"{"[..],
        b"[",
        b"nul",
        b"[1,2]",
        b"[[]]",
        b"[{}, 1]",
        b"{\"title\":}",
        b"{\"title\":\"\xff\"}",
        b"{\"title\":\"\\ud800\"}",
        b"{\"title\":{\"a\":1}} trailing",
        b"\xef\xbb\xbf",
        b"{\"id\":1e400}",
        b"[{\"title\":\"a\"},{\"other\":\"b\"}]",
    ] {
        for method in ["POST", "PATCH"] {
            let answer = ada.send(method, "/rest/v1/notes?id=eq.1", body);
            assert!(
                (400..500).contains(&answer.status),
                "{method} {body:?}: {} {}",
                answer.status,
                answer.text()
            );
            assert_ne!(answer.code(), "", "{method} {body:?}: {}", answer.text());
        }
    }
    is_up(&server);
}

fn is_up(server: &underpin_testkit::TestServer) {
    let answer = server.user(ADA).get("/rest/v1/notes?select=title");
    assert_eq!(answer.text(), r#"[{"title":"of Ada"}]"#);
}
