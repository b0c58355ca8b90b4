//! Secrets in texts of all kinds: none of it stays, and nothing else goes.

use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::*;

#[test]
fn a_secret_is_taken_out_in_every_form_it_travels_in() {
    let redactor = Redactor::default();
    let header = redactor.basic("client-7", "s3cr/t \"key\"");
    for form in [
        "s3cr/t \"key\"".to_owned(),
        header,
        "client_secret=s3cr%2Ft+%22key%22&x=1".to_owned(),
        "?key=s3cr%2ft%20%22key%22".to_owned(),
        "{\"secret\":\"s3cr\\/t \\\"key\\\"\"}".to_owned(),
        "{\"secret\":\"\\u00733cr/t \\u0022key\\u0022\"}".to_owned(),
        "s3cr&#47;t &quot;key&quot;".to_owned(),
        STANDARD.encode("s3cr/t \"key\""),
    ] {
        assert!(redactor.finds(&form), "{form}");
        let clean = redactor.clean(&form);
        assert!(clean.contains(GONE) && !clean.contains("s3cr"), "{clean}");
    }
    assert_eq!(redactor.clean("nothing here of client-7"), "nothing here of client-7");
}

#[test]
fn a_secret_inside_a_longer_one_leaves_nothing_of_it() {
    let redactor = Redactor::default();
    redactor.learn("token");
    redactor.learn("token-and-more");
    assert_eq!(redactor.clean("Bearer token-and-more."), "Bearer [secret].");
}

#[test]
fn the_beginning_that_a_cut_leaves_is_taken_out() {
    let redactor = Redactor::default();
    let token = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI4YjUwIn0.c2lnbmF0dXJl";
    redactor.learn(token);
    let text = format!("{:?}", format!("invalid token {token}").chars().take(60).collect::<String>());
    assert_eq!(redactor.clean(&text), "\"invalid token [secret]\"");
    assert_eq!(redactor.clean("token eyJhbGciO..."), "token [secret]...");
    assert_eq!(redactor.clean("token eyJhbGc"), "token eyJhbGc", "seven characters tell too little");
    let both = STANDARD.encode(format!("client:{token}"));
    assert_eq!(redactor.clean(&both[..30]), "Y2xpZW50Om[secret]", "the user is no secret");
}

#[test]
fn letters_that_are_more_than_a_byte_are_not_torn() {
    let redactor = Redactor::default();
    redactor.learn("Schlüssel für Österreich");
    assert_eq!(redactor.clean("«lüssel für Ö»"), "«[secret]»");
    assert_eq!(redactor.clean("Schl\\u00fcssel f\\u00fcr"), GONE);
    assert_eq!(redactor.clean("a%C3%BCssel%20f%C3%BCr%2e"), "a[secret]%2e");
}

#[test]
fn a_token_is_a_secret_by_its_name() {
    let redactor = Redactor::default();
    let answer =
        serde_json::json!({ "data": [{ "Access-Token": "first-one-here" }], "token": "page-2-of-2" });
    redactor.learn_tokens(&answer);
    assert_eq!(redactor.clean("first-one-here, page-2-of-2"), "[secret], [secret]");
    let held = |text: &str| redactor.finds_in(text.as_bytes(), false).unwrap();
    assert!(held("first-one-here") && !held("page-2-of-2"));
    redactor.learn("page-2-of-2");
    assert!(held("page-2-of-2"));
}

#[test]
fn a_secret_is_found_in_a_long_body_wherever_it_stands() {
    let redactor = Redactor::default();
    redactor.learn("hunter22/a");
    for coded in ["hunter22/a", "hunter22\\/a", "hunter22%2Fa", "\\u0068unter22\\u002fa", "aHVudGVyMjIvYQ"] {
        let overlap = redactor.known().pieces.longest() + 200;
        let body = |at: usize| [&vec![b'x'; at][..], b" ", coded.as_bytes(), &[b'x'; 1000]].concat();
        for at in [0, CHUNK - 7, CHUNK - 1, CHUNK, CHUNK + overlap - 5, 3 * CHUNK - 4, 700_000] {
            assert_eq!(redactor.finds_in(body(at).as_slice(), false), Ok(true), "{coded} at {at}");
        }
    }
    assert_eq!(redactor.finds_in(vec![b'x'; 700_000].as_slice(), false), Ok(false));
    assert_eq!(redactor.finds_in(&b"hunter22"[..], false), Ok(false), "a piece may be chance");
}

#[test]
fn a_problem_is_cleaned_in_all_its_parts() {
    let redactor = Redactor::default();
    redactor.learn("hunter22");
    let problem = Problem::config("secrets.hunter22", "got hunter22").advise("Not hunter22.");
    let clean = redactor.clean_problem(problem);
    assert!(!format!("{clean:?}").contains("hunter22"));
}

/// Numbers that are the same on every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }

    fn secret(&mut self) -> String {
        const KINDS: [&str; 4] = [
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=.~",
            "0123456789abcdef",
            "aZ19 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~qwertyü€",
        ];
        let letters: Vec<char> = KINDS[self.below(KINDS.len())].chars().collect();
        let length = 8 + self.below(90);
        (0..length).map(|_| letters[self.below(letters.len())]).collect()
    }

    fn part<'t>(&mut self, text: &'t str, least: usize) -> &'t str {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let begin = self.below(places.len() - least);
        let end = begin + least + self.below(places.len() - least - begin);
        &text[places[begin]..places[end]]
    }
}

/// A coding of each character by itself, so that a piece's coding is a piece of the coding.
type Coding = fn(char) -> String;

fn percent(letter: char, upper: bool, all: bool) -> String {
    if !all && (letter.is_ascii_alphanumeric() || "-._~".contains(letter)) {
        return letter.to_string();
    }
    let hex = |byte: u8| if upper { format!("%{byte:02X}") } else { format!("%{byte:02x}") };
    letter.to_string().bytes().map(hex).collect()
}

fn json(letter: char) -> String {
    let text = Value::from(letter.to_string()).to_string();
    text[1..text.len() - 1].to_owned()
}

const CODINGS: [Coding; 11] = [
    |letter| letter.to_string(),
    |letter| percent(letter, true, false),
    |letter| percent(letter, false, false),
    |letter| percent(letter, true, true),
    |letter| if letter == ' ' { "+".to_owned() } else { percent(letter, true, false) },
    |letter| percent(letter, true, false).replace('%', "%25"),
    json,
    |letter| if letter == '/' { "\\/".to_owned() } else { json(letter) },
    |letter| letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
    |letter| json(letter).chars().map(json).collect(),
    |letter| format!("&#{};", u32::from(letter)),
];

#[test]
fn no_piece_of_a_secret_stays_in_any_text() {
    let mut chance = Chance(0x5eed);
    for round in 0..2000 {
        let secret = chance.secret();
        let redactor = Redactor::default();
        redactor.learn(&secret);
        let coding = CODINGS[chance.below(CODINGS.len())];
        let coded = |text: &str| text.chars().map(coding).collect::<String>();
        let piece = chance.part(&secret, 8);
        let end = ["", "...", "…", "\"}", " and more"][chance.below(5)];
        let text = format!("begun: {}{end} ended", coded(piece));
        let clean = redactor.clean(&text);
        let letters: Vec<char> = secret.chars().collect();
        for window in letters.windows(8) {
            let window: String = window.iter().collect();
            assert!(!clean.contains(&coded(&window)), "{round}: {text:?} became {clean:?}");
        }
        assert!(clean.contains("begun") && clean.contains("ended"), "{round}: {text:?} became {clean:?}");
        assert!(redactor.finds(&text), "{round}");
        assert_eq!(redactor.finds_in(coded(&secret).as_bytes(), false), Ok(true), "{round}: {secret:?}");
    }
}

#[test]
fn no_piece_of_a_secret_stays_in_base64() {
    let mut chance = Chance(0xba5e);
    for round in 0..2000 {
        let secret = chance.secret();
        let redactor = Redactor::default();
        redactor.learn(&secret);
        let user = &"client-id"[..chance.below(9)];
        let both = if user.is_empty() { secret.clone() } else { format!("{user}:{secret}") };
        let base64 =
            if chance.below(2) == 0 { STANDARD_NO_PAD.encode(&both) } else { URL_SAFE_NO_PAD.encode(&both) };
        // Without the characters that depend on the user.
        let own = &base64[((both.len() - secret.len()) * 8).div_ceil(6)..both.len() * 8 / 6];
        let text = format!("Basic {}{}", &base64[..base64.len() - own.len()], chance.part(own, 8));
        let wrapped = [text.clone(), text.replace('/', "\\/"), text.replace('+', "%2B").replace('/', "%2f")];
        let clean = redactor.clean(&wrapped[chance.below(3)]);
        for window in own.as_bytes().windows(8) {
            let window = std::str::from_utf8(window).unwrap();
            assert!(!clean.contains(window), "{round}: {text:?} became {clean:?}");
        }
        assert!(clean.starts_with("Basic "), "{round}: {clean:?}");
        assert_eq!(redactor.finds_in(base64.as_bytes(), false), Ok(true), "{round}: {both:?}");
    }
}

#[test]
fn ordinary_texts_stay_whole_whatever_the_secret() {
    let mut chance = Chance(0x0dd);
    let texts = [
        "POST api.vendor.example/api/2/reports: no answer after 5 tries in 2 min 04 s (last: 503)",
        "payloads/eu/usage-2026-03.csv.gz:17:4: the quantity \"12,5\" is no number; 100% of 3 rows...",
        "8b50f3a2-7c1e-4d0a-9f68-0c2f4a6b8d10 01:23:45 https://partner.example/v1?from=2026-03-01&to=2026-04-01",
    ];
    for _ in 0..200 {
        let redactor = Redactor::default();
        redactor.basic("partner", &chance.secret());
        for text in texts {
            assert_eq!(redactor.clean(text), text);
        }
    }
}
