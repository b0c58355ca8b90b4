//! Secrets: where they come from, and that they are nowhere else.

use std::fs;

use ratebook_plugin::call::{Call, HostServices, Reply};
use ratebook_plugin::{Level, ProblemKind};

use super::super::SecretRef;
use super::super::gzip::tests::gzip;
use super::{Play, Rig, body, send};

const CANARY: &str = "s3cret-canary/+value";
const TOKEN: &str = "eyJ-token-canary.value";

fn reference(text: &str) -> Result<SecretRef, String> {
    #[derive(serde::Deserialize)]
    struct File {
        secret: SecretRef,
    }
    let file: Result<File, _> = toml::from_str(&format!("secret = {text}"));
    file.map(|file| file.secret).map_err(|error| error.message().to_owned())
}

/// A rig whose secret is in a file that only its owner can read.
fn rig_with_file(plays: impl IntoIterator<Item = Play>) -> Rig {
    let mut rig = Rig::new(plays);
    fs::write(rig.workspace.path().join("secret"), format!("{CANARY}\n")).unwrap();
    mode(&rig, 0o600);
    rig.secrets.insert("key".to_owned(), SecretRef::File("secret".into()));
    rig
}

fn mode(rig: &Rig, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = rig.workspace.path().join("secret");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn references_are_one_of_three_and_never_the_secret_itself() {
    assert_eq!(reference("{ env = \"NAME\" }"), Ok(SecretRef::Env("NAME".to_owned())));
    assert_eq!(reference("{ file = \"a/b\" }"), Ok(SecretRef::File("a/b".into())));
    let command = SecretRef::Command(vec!["pass".to_owned(), "show".to_owned()]);
    assert_eq!(reference("{ command = [\"pass\", \"show\"] }"), Ok(command));
    for (wrong, why) in [
        ("{}", "nothing says where"),
        ("{ env = \"A\", file = \"b\" }", "one place only"),
        ("{ envv = \"A\" }", "unknown field `envv`"),
        ("{ command = \"pass show\" }", "a sequence"),
    ] {
        assert!(reference(wrong).unwrap_err().contains(why), "{wrong}");
    }
    // The parser does not refuse it, because its error would quote the line.
    for literal in [format!("{CANARY:?}"), "12345678".to_owned()] {
        let reference = reference(&literal).unwrap();
        assert!(!format!("{reference:?}").contains("canary"));
        assert!(reference.check().unwrap_err().contains("{ env = \"NAME\" }"));
    }
    let hyphenated = reference(&format!("{{ env = {CANARY:?} }}")).unwrap();
    assert!(!hyphenated.check().unwrap_err().contains(CANARY));
}

#[test]
fn a_secret_written_out_stops_the_source_before_anything_is_asked() {
    let mut rig = Rig::new([]);
    rig.secrets.insert("key".to_owned(), SecretRef::Written);
    let problem = rig.start().err().unwrap();
    assert_eq!((problem.kind, problem.key.as_deref()), (ProblemKind::Config, Some("secrets.key")));
}

#[test]
fn secrets_come_from_environment_file_and_command() {
    let mut rig = rig_with_file([Play::ok(b"{}"), Play::ok(b"{}"), Play::ok(b"{}")]);
    // PATH is the one variable that every test has.
    rig.secrets.insert("env".to_owned(), SecretRef::Env("PATH".to_owned()));
    let command = ["printf", "%s\nsecond line", CANARY].map(str::to_owned).to_vec();
    rig.secrets.insert("command".to_owned(), SecretRef::Command(command));
    let mut services = rig.start().unwrap();
    for name in ["key", "command", "env"] {
        send(&mut services, rig.get("/").bearer_secret(name)).unwrap();
    }
    let asked = rig.vendor.asked();
    for request in &asked[..2] {
        assert!(request.contains(&format!("authorization: Bearer {CANARY}\r\n")), "{request}");
    }
    assert!(asked[2].contains(&std::env::var("PATH").unwrap()));
}

#[test]
fn secrets_that_cannot_be_had_say_why() {
    let mut rig = rig_with_file([]);
    let reference =
        |words: &[&str]| SecretRef::Command(words.iter().map(|word| (*word).to_owned()).collect());
    rig.secrets.insert("unset".to_owned(), SecretRef::Env("RATEBOOK_NOT_SET".to_owned()));
    rig.secrets.insert("gone".to_owned(), SecretRef::File("gone".into()));
    rig.secrets.insert("fails".to_owned(), reference(&["sh", "-c", "echo half; exit 3"]));
    rig.secrets.insert("no_program".to_owned(), reference(&["ratebook-no-such-program"]));
    rig.secrets.insert("empty".to_owned(), reference(&["true"]));
    let mut services = rig.start().unwrap();
    for (name, why) in [
        ("unset", "RATEBOOK_NOT_SET is not set"),
        ("gone", "cannot read"),
        ("fails", "failed"),
        ("no_program", "could not be started"),
        ("empty", "is empty"),
        ("unknown", "needed and not configured"),
    ] {
        let problem = send(&mut services, rig.get("/").bearer_secret(name)).unwrap_err();
        assert_eq!((problem.kind, problem.key), (ProblemKind::Config, Some(format!("secrets.{name}"))));
        assert!(problem.message.contains(why), "{}", problem.message);
    }
    assert!(rig.vendor.asked().is_empty());
}

#[test]
fn s3_a_secret_file_that_others_may_write_is_refused_and_one_they_may_read_is_told() {
    let rig = rig_with_file([Play::ok(b"{}")]);
    mode(&rig, 0o620);
    let problem = send(&mut rig.start().unwrap(), rig.get("/").bearer_secret("key")).unwrap_err();
    assert!(problem.message.contains("can be written by others"), "{problem}");
    mode(&rig, 0o640);
    send(&mut rig.start().unwrap(), rig.get("/").bearer_secret("key")).unwrap();
    let heard = rig.heard.0.lock().unwrap();
    assert!(
        heard.iter().any(|(level, text)| *level == Level::Warning && text.contains("can be read by others")),
        "{heard:?}"
    );
}

#[test]
fn s2_no_secret_is_in_any_file_message_or_problem() {
    let token = format!("{{\"access_token\":\"{TOKEN}\",\"expires_in\":7200}}");
    let echo = format!("you sent {CANARY} and {TOKEN}");
    let rig = rig_with_file([
        Play::ok(token.as_bytes()),
        Play::ok(b"{}"),
        Play::ok(b"{}"),
        Play::ok(b"{}"),
        Play::answer(302, &format!("Location: https://x.example/?{TOKEN}\r\n"), echo.as_bytes()),
    ]);
    // The secret's own file is where it belongs.
    let mut services = rig.start().unwrap();
    fs::remove_file(rig.workspace.path().join("secret")).unwrap();
    fs::write(rig.workspace.path().join("secret"), CANARY).unwrap();
    mode(&rig, 0o600);
    let answer = send(&mut services, rig.post("/token").basic_auth("client", "key")).unwrap();
    fs::remove_file(rig.workspace.path().join("secret")).unwrap();
    assert!(body(&mut services, answer.body).unwrap().windows(5).any(|part| part == b"eyJ-t"));
    // Known before the plugin says that it is a token.
    let log = Call::Log { level: Level::Note, text: format!("got {TOKEN}"), code: None };
    services.call(log, &mut Vec::new()).unwrap();
    send(&mut services, rig.get("/usage").bearer_token(TOKEN)).unwrap();
    send(&mut services, rig.post("/form").form_with_secret(&[("grant", "x y")], "client_secret", "key"))
        .unwrap();
    send(&mut services, rig.post("/json").json_of_secrets(&[("refreshToken", "key")])).unwrap();
    let escaped = "s3cret-canary%2F%2Bvalue";
    let asked = rig.vendor.asked();
    assert!(asked[0].contains("authorization: Basic Y2xpZW50OnMzY3JldC1jYW5hcnkvK3ZhbHVl\r\n"), "{asked:?}");
    assert!(asked[2].ends_with(&format!("grant=x+y&client_secret={escaped}")), "{asked:?}");
    assert!(asked[3].ends_with(&format!("{{\"refreshToken\":\"{CANARY}\"}}")), "{asked:?}");
    // A vendor and a plugin that repeat what they were told.
    let request = rig.get(&format!("/{TOKEN}")).query("key", CANARY);
    send(&mut services, request).unwrap();
    for text in
        [format!("{CANARY} {TOKEN}"), escaped.to_owned(), "Y2xpZW50OnMzY3JldC1jYW5hcnkvK3ZhbHVl".to_owned()]
    {
        services
            .call(Call::Log { level: Level::Warning, text: text.clone(), code: None }, &mut Vec::new())
            .unwrap();
        services.call(Call::Progress { text: text.clone() }, &mut Vec::new()).unwrap();
        let wait = Call::Wait { milliseconds: 1, why: text.clone() };
        services.call(wait, &mut Vec::new()).unwrap();
        let note = Call::Remember { key: "note".to_owned(), value: Some(text.clone()) };
        assert_eq!(services.call(note, &mut Vec::new()).unwrap_err().kind, ProblemKind::Plugin);
        let foreign = ratebook_plugin::Request::get(format!("https://x.example/{text}"));
        let problem = send(&mut services, foreign).unwrap_err();
        let cleaned = services.clean(ratebook_plugin::Problem::data(format!("bad {text}")));
        for forbidden in ["canary", "Y2xpZW50"] {
            assert!(!format!("{problem:?} {cleaned:?}").contains(forbidden), "{problem:?} {cleaned:?}");
        }
    }
    let everything = rig.everything();
    assert!(everything.contains("requests-eu.jsonl") && everything.contains("[secret]"));
    for forbidden in ["s3cret-canary", "token-canary", "Y2xpZW50OnMz"] {
        assert!(!everything.contains(forbidden), "{everything}");
    }
}

/// What a plugin says of an answer: the first sixty characters of it.
fn cut(bytes: &[u8]) -> String {
    ratebook_plugin::describe(bytes)
}

#[test]
fn s13_what_a_cut_leaves_of_a_secret_is_in_no_text() {
    let jwt = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI4YjUwIn0.c2lnbmF0dXJlLWNhbmFyeQ";
    let echoes = [
        format!("the token {jwt} has expired"),
        format!("invalid client_secret {CANARY}{CANARY}"),
        "client_secret=s3cret-canary%2f%2b...".to_owned(),
        "{\"got\":\"s3cret-canary\\/\\u002bv".to_owned(),
        "Authorization: Basic Y2xpZW50OnMzY3JldC1jYW5hcn".to_owned(),
        "s3cret-c…y/+value".to_owned(),
    ];
    for echo in &echoes {
        let token = format!("{{\"access_token\":\"{jwt}\"}}");
        let rig = rig_with_file([
            Play::ok(token.as_bytes()),
            Play::answer(401, &format!("X-Request: {}\r\n", &jwt[..30]), echo.as_bytes()),
        ]);
        let mut services = rig.start().unwrap();
        send(&mut services, rig.post("/token").basic_auth("client", "key")).unwrap();
        fs::remove_file(rig.workspace.path().join("secret")).unwrap();
        let answer = send(&mut services, rig.get(&format!("/{}", &jwt[..20])).bearer_token(jwt)).unwrap();
        let said = cut(&body(&mut services, answer.body).unwrap());
        let short = &said[..said.floor_char_boundary(38)];
        for text in [&*said, short] {
            services
                .call(Call::Log { level: Level::Warning, text: text.to_owned() }, &mut Vec::new())
                .unwrap();
            services.call(Call::Progress { text: text.to_owned() }, &mut Vec::new()).unwrap();
            let wait = Call::Wait { milliseconds: 1, why: text.to_owned() };
            services.call(wait, &mut Vec::new()).unwrap();
        }
        for (key, value) in [("said", &*said), (&*said, "said")] {
            let note = Call::Remember { key: key.to_owned(), value: Some(value.to_owned()) };
            let problem = services.call(note, &mut Vec::new()).unwrap_err();
            assert!(!format!("{problem:?}").contains("s3cret-c"), "{problem:?}");
        }
        for (name, format) in [(&*said, "csv"), ("usage.csv", &*said)] {
            let keep = Call::Keep { body: answer.body, name: name.to_owned(), format: format.to_owned() };
            assert_eq!(services.call(keep, &mut Vec::new()).unwrap_err().kind, ProblemKind::Plugin);
        }
        let problem = ratebook_plugin::Problem::auth(format!("refused ({said})")).advise(short.to_owned());
        let everything = format!("{} {:?}", rig.everything(), services.clean(problem));
        assert!(everything.contains("[secret]"));
        for forbidden in ["eyJhbGci", "s3cret-c", "OnMzY3Jl", "anary", "ignatur"] {
            assert!(!everything.contains(forbidden), "{echo}: {everything}");
        }
    }
}

#[test]
fn s14_a_body_that_repeats_a_credential_is_refused_and_not_archived() {
    const HEAD: &str = "tenant,sku,quantity\n";
    let rows = "t1,SPBAMSENS,12.5\n".repeat(20_000);
    let filled = |what: &str| format!("{HEAD}{rows}{what},SPBAMSENS,1\n{rows}").into_bytes();
    let json = filled(&CANARY.replace('/', "\\/"));
    let bodies = [
        (filled(TOKEN), false),
        (filled(CANARY), false),
        (filled("s3cret-canary%2F%2Bvalue"), false),
        (filled("Y2xpZW50OnMzY3JldC1jYW5hcnkvK3ZhbHVl"), false),
        (json, false),
        (gzip(&filled(TOKEN)), false),
        (gzip(&filled(CANARY)), false),
        // By chance, or because it is the account's name.
        (filled(&CANARY[..9]), true),
        (filled("client"), true),
    ];
    for (sent, kept) in bodies {
        let token = format!("{{\"access_token\":\"{TOKEN}\"}}");
        let rig = rig_with_file([Play::ok(token.as_bytes()), Play::ok(&sent)]);
        let mut services = rig.start().unwrap();
        send(&mut services, rig.post("/token").basic_auth("client", "key")).unwrap();
        fs::remove_file(rig.workspace.path().join("secret")).unwrap();
        let answer = send(&mut services, rig.get("/usage").bearer_token(TOKEN)).unwrap();
        let keep = Call::Keep { body: answer.body, name: "usage.csv".to_owned(), format: "csv".to_owned() };
        let result = services.call(keep, &mut Vec::new());
        if kept {
            result.unwrap();
            continue;
        }
        let problem = result.unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Data, "{problem}");
        assert!(problem.message.contains("repeats a secret or token"), "{problem}");
        drop(services);
        assert!(!rig.path("payloads/eu").exists() && !rig.everything().contains("canary"));
    }
}

#[test]
fn s14_the_next_pages_name_is_no_credential_until_it_is_sent_as_one() {
    let page = b"{\"items\":[],\"token\":\"page-2-of-2-of-the-usage\"}";
    for as_credential in [false, true] {
        let rig = Rig::new([Play::ok(page), Play::ok(page)]);
        let mut services = rig.start().unwrap();
        let mut answer = send(&mut services, rig.get("/usage")).unwrap();
        if as_credential {
            let request = rig.get("/usage").bearer_token("page-2-of-2-of-the-usage");
            answer = send(&mut services, request).unwrap();
        }
        let keep = Call::Keep { body: answer.body, name: "page.json".to_owned(), format: "json".to_owned() };
        assert_eq!(services.call(keep, &mut Vec::new()).is_err(), as_credential);
    }
}

#[test]
fn a_rotated_secret_goes_back_to_its_file_and_nowhere_else() {
    let mut rig = rig_with_file([Play::ok(b"{}")]);
    rig.secrets.insert("env".to_owned(), SecretRef::Env("PATH".to_owned()));
    let mut services = rig.start().unwrap();
    let store =
        |name: &str, value: &str| Call::StoreSecret { name: name.to_owned(), value: value.to_owned() };
    assert!(matches!(services.call(store("key", "rotated-value"), &mut Vec::new()), Ok(Reply::Done)));
    let path = rig.workspace.path().join("secret");
    assert_eq!(fs::read_to_string(&path).unwrap(), "rotated-value\n");
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    send(&mut services, rig.get("/").bearer_secret("key")).unwrap();
    assert!(rig.vendor.asked()[0].contains("Bearer rotated-value"));
    let problem = services.call(store("env", "rotated-two"), &mut Vec::new()).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Config);
    assert!(!format!("{problem:?}").contains("rotated-two"));
    assert!(services.call(store("key", "two\nlines"), &mut Vec::new()).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "rotated-value\n");
}
