use super::installed::parse_version;
use super::user::account;

#[test]
fn versions_are_read() {
    let check = |output: &str, expected| assert_eq!(parse_version(output), expected, "{output}");
    check(
        "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n",
        Some(15),
    );
    check("postgres (PostgreSQL) 18beta1", Some(18));
    check("postgres (PostgreSQL) 9.6.24", Some(9));
    check("postgres (PostgreSQL) devel", None);
    check("", None);
}

#[test]
fn accounts_are_read() {
    let accounts = "root:x:0:0:root:/root:/bin/bash\npostgres:x:107:115:,,,:/var/lib/postgresql:/bin/bash\nbad:x\n";
    let check = |name, expected| assert_eq!(account(accounts, name), expected, "{name}");
    check("postgres", Some((107, 115)));
    check("root", Some((0, 0)));
    check("bad", None);
    check("nobody", None);
}
