//! A32: the site's folder is all that is served of the disk.

use underpin_testkit::{Project, TestServer};

fn server() -> TestServer {
    let project = Project::new()
        .migration("create table t (id int primary key);")
        .file("public/index.html", "<h1>the site</h1>")
        .file("public/deep/page.html", "a page")
        .file("public/.hidden", "a secret of the site")
        .file("public/.well-known/security.txt", "contact: nobody")
        .file("seed.sql", "-- a secret of the project")
        .file(".env", "SECRET=a secret of the project");
    TestServer::start(&project)
}

#[test]
fn a32_no_path_leads_out_of_the_site() {
    let server = server();
    std::os::unix::fs::symlink("../seed.sql", server.folder().join("public/link.sql")).unwrap();
    let visitor = server.visitor();
    for path in [
        "/../seed.sql",
        "/deep/../../seed.sql",
        "/%2e%2e/seed.sql",
        "/%2e%2e%2fseed.sql",
        "/..%2fseed.sql",
        "/..%5cseed.sql",
        "/..\\seed.sql",
        "/%252e%252e/seed.sql",
        "/....//seed.sql",
        "//seed.sql",
        "/./../seed.sql",
        "/deep/%2e%2e/%2e%2e/seed.sql",
        "/seed.sql",
        "/seed.sql%00.html",
        "/index.html%00",
        "/.env",
        "/../.env",
        "/data/app.db",
        "/data/keys.json",
        "/../data/keys.json",
        "/.hidden",
        "/%2ehidden",
        "/deep/.%2e/.hidden",
        "/link.sql",
        "/file:///etc/passwd",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/C:/Windows/win.ini",
        "/migrations/20260101000000_step.sql",
    ] {
        let answer = visitor.get(path);
        assert!(
            (400..500).contains(&answer.status),
            "{path}: {} {}",
            answer.status,
            answer.text()
        );
        assert!(
            !answer.text().contains("a secret"),
            "{path}: {}",
            answer.text()
        );
        assert!(
            !answer.text().contains("root:"),
            "{path}: {}",
            answer.text()
        );
    }
    assert_eq!(visitor.get("/").text(), "<h1>the site</h1>");
    assert_eq!(visitor.get("/deep/page.html").text(), "a page");
}

#[test]
fn a32_a_table_name_is_no_path() {
    let server = server();
    for path in [
        "/rest/v1/../../seed.sql",
        "/rest/v1/%2e%2e%2fseed.sql",
        "/rest/v1/t/../t",
        "/rest/v1/t/t",
        "/rest/v1/t%2ft",
    ] {
        let answer = server.service().get(path);
        assert!(
            (400..500).contains(&answer.status),
            "{path}: {} {}",
            answer.status,
            answer.text()
        );
        assert!(
            !answer.text().contains("a secret"),
            "{path}: {}",
            answer.text()
        );
    }
}
