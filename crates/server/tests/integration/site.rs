//! The static site.

use underpin_testkit::{Project, TestServer};

fn project() -> Project {
    Project::new()
        .file("public/index.html", "<p>home</p>")
        .file("public/shop/index.html", "<p>shop</p>")
        .file("public/a b.js", "let a;")
        .file("public/.env", "secret")
        .file("public/.git/config", "secret")
        .file("public/.well-known/security.txt", "contact")
        .file("secret.txt", "secret")
}

#[test]
fn files_are_served_with_their_type_and_tag() {
    let server = TestServer::start(&project());
    let get = |path: &str| server.visitor().get(path);
    let home = get("/");
    assert_eq!((home.status, home.text().as_str()), (200, "<p>home</p>"));
    assert_eq!(home.header("content-type"), Some("text/html"));
    assert_eq!(get("/index.html?x=1").text(), "<p>home</p>");
    assert_eq!(get("/shop/").text(), "<p>shop</p>");
    assert_eq!(
        get("/a%20b.js").header("content-type"),
        Some("text/javascript")
    );
    assert_eq!(get("/.well-known/security.txt").text(), "contact");
    assert_eq!(
        server.visitor().head("/").header("content-length"),
        Some("11")
    );
    let tag = home.header("etag").unwrap();
    assert!(home.header("last-modified").is_some());
    let again = server.visitor().header("if-none-match", tag).get("/");
    assert_eq!((again.status, again.body.len()), (304, 0));
    let part = server.visitor().header("range", "bytes=3-6").get("/");
    assert_eq!((part.status, part.text().as_str()), (206, "home"));
    let folder = get("/shop?x=1");
    assert_eq!(
        (folder.status, folder.header("location")),
        (308, Some("/shop/?x=1"))
    );
}

#[test]
fn a32_nothing_outside_the_folder_is_served() {
    let server = TestServer::start(&project());
    std::os::unix::fs::symlink(server.path("secret.txt"), server.path("public/link.txt")).unwrap();
    std::os::unix::fs::symlink("/etc", server.path("public/etc")).unwrap();
    for path in [
        "/../secret.txt",
        "/shop/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        "/%252e%252e/secret.txt",
        "/shop/%2e%2e/%2e%2e/secret.txt",
        "//secret.txt",
        "/./.env",
        "/.env",
        "/%2eenv",
        "/.git/config",
        "/link.txt",
        "/etc/passwd",
        "/index.html%00.txt",
        "/%00",
        "/c:/windows/win.ini",
        "/%ff%fe",
        "/data/keys.json",
        "/../data/keys.json",
    ] {
        let answer = server.visitor().get(path);
        assert!(
            [400, 404].contains(&answer.status),
            "{path}: {}",
            answer.status
        );
        assert!(!answer.text().contains("secret"), "{path}");
    }
}

#[test]
fn what_is_not_there_is_404_or_the_fallback() {
    let server = TestServer::start(&project());
    let answer = server.visitor().get("/nothing");
    assert_eq!((answer.status, answer.code().as_str()), (404, "PGRST125"));
    let own_page = TestServer::start(&project().file("public/404.html", "lost"));
    let answer = own_page.visitor().get("/nothing");
    assert_eq!((answer.status, answer.text().as_str()), (404, "lost"));
    let single_page = TestServer::start(&project().set("site.fallback=index.html"));
    let answer = single_page.visitor().get("/orders/7");
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (200, "<p>home</p>")
    );
    // A service that does not exist is no page.
    for path in [
        "/storage/v1/object/x",
        "/auth/v1/nothing",
        "/graphql/v1",
        "/functions/v1/f",
    ] {
        let answer = single_page.visitor().get(path);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "PGRST125"),
            "{path}"
        );
    }
    let nothing = TestServer::start(&Project::new());
    assert_eq!(nothing.visitor().get("/").status, 404);
}

#[test]
fn the_site_is_only_read() {
    let server = TestServer::start(&project());
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let answer = server.visitor().send(method, "/index.html", b"");
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some("GET, HEAD"))
        );
    }
}

#[test]
fn a_redirect_never_leads_to_another_host() {
    let server = TestServer::start(&project());
    let answer = server.visitor().get("//shop");
    assert_eq!(
        (answer.status, answer.header("location")),
        (308, Some("/shop/"))
    );
    assert_eq!(server.visitor().get("//evil.example/").status, 404);
}

#[test]
fn large_answers_are_compressed_for_those_who_ask() {
    let server = TestServer::start(&project().file("public/large.txt", &"text ".repeat(1000)));
    for encoding in ["gzip", "br"] {
        let answer = server
            .visitor()
            .header("accept-encoding", encoding)
            .get("/large.txt");
        assert_eq!(answer.header("content-encoding"), Some(encoding));
        assert!(answer.body.len() < 1000);
        let small = server
            .visitor()
            .header("accept-encoding", encoding)
            .get("/");
        assert_eq!(small.header("content-encoding"), None);
    }
    let plain = server.visitor().get("/large.txt");
    assert_eq!(
        (plain.header("content-encoding"), plain.body.len()),
        (None, 5000)
    );
    let off = TestServer::start(
        &project()
            .set("server.compression=false")
            .file("public/large.txt", &"text ".repeat(1000)),
    );
    let answer = off
        .visitor()
        .header("accept-encoding", "gzip")
        .get("/large.txt");
    assert_eq!(answer.header("content-encoding"), None);
}
