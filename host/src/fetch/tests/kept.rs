//! Payload folders: whole or not at all, and never changed unseen.

use std::fs;
use std::io::Read;
use std::path::Path;

use ratebook_plugin::call::{Call, HostServices};
use ratebook_plugin::{Payload, ProblemKind};

use super::super::gzip::tests::gzip;
use super::super::{NewPayloads, Payloads, head_of};
use super::{Play, Rig, send};
use crate::unpack::Limits;

/// Several chunks of numbered rows.
fn rows() -> Vec<u8> {
    (0..120_000).flat_map(|row| format!("row,{row}\n").into_bytes()).collect()
}

fn folder_with(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Payloads) {
    let folder = tempfile::tempdir().unwrap();
    let mut new = NewPayloads::begin(&folder.path().join("eu"), "acme", "2026-03".parse().unwrap()).unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        new.import(&path, "csv", Limits::default()).unwrap();
        fs::remove_file(path).unwrap();
    }
    let payloads = new.commit().unwrap();
    (folder, payloads)
}

fn read(payloads: &Payloads, index: usize) -> Result<Vec<u8>, ratebook_plugin::Problem> {
    let mut bytes = Vec::new();
    let mut reader = payloads.read(&payloads.files()[index], Limits::default())?;
    reader.read_to_end(&mut bytes).map_err(|error| Payload::read_error(&error))?;
    Ok(bytes)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn payloads_come_back_as_they_were() {
    let rows = rows();
    let (folder, payloads) =
        folder_with(&[("plain.csv", &rows), ("packed.csv", &gzip(&rows)), ("none.csv", b"")]);
    assert_eq!(names(folder.path()), ["eu"]);
    assert_eq!(names(payloads.folder()), ["none.csv", "packed.csv.gz", "payloads.json", "plain.csv"]);
    let again = Payloads::open(payloads.folder()).unwrap();
    assert_eq!((again.plugin(), again.month().to_string().as_str()), ("acme", "2026-03"));
    assert_eq!(again.sha256(), payloads.sha256());
    assert_eq!(read(&again, 0).unwrap(), rows);
    assert_eq!(read(&again, 1).unwrap(), rows);
    assert_eq!(read(&again, 2).unwrap(), b"");
    again.verify().unwrap();
    let text = fs::read_to_string(payloads.folder().join("payloads.json")).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    // A map of serde_json is sorted, so this holds that the file is.
    assert_eq!(text, serde_json::to_string_pretty(&value).unwrap() + "\n");
    assert_eq!(Payloads::find(&folder.path().join("us")).unwrap().map(|_| ()), None);
}

#[test]
fn one_flipped_byte_is_found_and_named() {
    let (_folder, payloads) =
        folder_with(&[("plain.csv", b"row,1\nrow,2\n"), ("packed.csv", &gzip(b"row,1\nrow,2\n"))]);
    for (index, file) in payloads.files().iter().enumerate() {
        let path = payloads.folder().join(&file.file);
        let whole = fs::read(&path).unwrap();
        for place in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[place] ^= 0x20;
            fs::write(&path, &flipped).unwrap();
            for problem in [read(&payloads, index).unwrap_err(), payloads.verify().unwrap_err()] {
                assert_eq!(problem.kind, ProblemKind::Data, "{problem}");
                assert!(problem.message.contains(&file.file), "{problem}");
                assert!(problem.message.contains("was changed"), "{place}: {problem}");
            }
        }
        for changed in [&whole[..whole.len() - 1], &[&whole[..], b"\n"].concat(), b""] {
            fs::write(&path, changed).unwrap();
            assert_eq!(read(&payloads, index).unwrap_err().kind, ProblemKind::Data);
            assert!(payloads.verify().is_err());
            let problem = Payloads::open(payloads.folder()).unwrap_err();
            assert!(problem.message.contains(&file.file), "{problem}");
        }
        fs::write(&path, &whole).unwrap();
    }
    payloads.verify().unwrap();
}

#[test]
fn what_is_read_before_a_late_damage_is_still_refused_at_the_end() {
    let rows = rows();
    let (_folder, payloads) = folder_with(&[("plain.csv", &rows)]);
    let path = payloads.folder().join("plain.csv");
    let mut flipped = rows.clone();
    let last = flipped.len() - 2;
    flipped[last] ^= 1;
    fs::write(&path, &flipped).unwrap();
    let mut reader = payloads.read(&payloads.files()[0], Limits::default()).unwrap();
    let mut start = vec![0; 1000];
    reader.read_exact(&mut start).unwrap();
    assert_eq!(start, rows[..1000]);
    let error = reader.read_to_end(&mut Vec::new()).unwrap_err();
    assert!(error.to_string().contains("was changed"), "{error}");
    // It does not turn into a good end when asked again.
    assert!(reader.read(&mut start).is_err());
}

#[test]
fn a_kept_bomb_is_stopped_too() {
    let (_folder, payloads) = folder_with(&[("zeros.csv", &gzip(&vec![0; 10 << 20]))]);
    assert_eq!(read(&payloads, 0).unwrap().len(), 10 << 20);
    let limits = Limits { wire: 1 << 30, decoded: 1 << 20 };
    let mut reader = payloads.read(&payloads.files()[0], limits).unwrap();
    let error = reader.read_to_end(&mut Vec::new()).unwrap_err();
    assert!(error.to_string().contains("more than 1048576 bytes"), "{error}");
}

#[test]
fn a_listing_that_names_other_places_is_refused() {
    let (folder, payloads) = folder_with(&[("plain.csv", b"row,1\n")]);
    fs::write(folder.path().join("outside"), b"row,1\n").unwrap();
    let listing = payloads.folder().join("payloads.json");
    let good = fs::read_to_string(&listing).unwrap();
    for name in ["../outside", "/etc/passwd", ".", "..", "", "a/../plain.csv", "gone.csv", "payloads.json"] {
        fs::write(&listing, good.replace("\"file\": \"plain.csv\"", &format!("\"file\": \"{name}\"")))
            .unwrap();
        assert_eq!(Payloads::open(payloads.folder()).unwrap_err().kind, ProblemKind::Data, "{name}");
    }
    fs::write(&listing, &good[..good.len() / 2]).unwrap();
    assert!(Payloads::open(payloads.folder()).unwrap_err().message.contains("damaged"));
    fs::write(&listing, &good).unwrap();
    fs::remove_file(payloads.folder().join("plain.csv")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("outside"), payloads.folder().join("plain.csv")).unwrap();
    assert!(Payloads::open(payloads.folder()).unwrap_err().message.contains("not a file"));
}

#[test]
fn a_copy_is_compared_on_the_way_and_leaves_the_target_alone_if_it_differs() {
    let (folder, recorded) = folder_with(&[("a.csv", b"row,1\n"), ("b.csv", &gzip(b"row,2\n"))]);
    let target = folder.path().join("runs/payloads/eu");
    let manifest = folder.path().join("manifest.json");
    let copy = recorded.copy_to(&target, &manifest).unwrap();
    assert_eq!(copy.sha256(), recorded.sha256());
    assert_eq!(read(&copy, 1).unwrap(), b"row,2\n");

    fs::write(recorded.folder().join("a.csv"), b"row,9\n").unwrap();
    fs::write(target.join("a.csv"), b"row,7\n").unwrap();
    fs::write(&manifest, "{}").unwrap();
    let problem = recorded.copy_to(&target, &manifest).unwrap_err();
    assert!(manifest.exists(), "nothing that it names has changed");
    assert!(problem.message.contains("a.csv was changed"), "{problem}");
    assert_eq!(fs::read(target.join("a.csv")).unwrap(), b"row,7\n");

    fs::write(recorded.folder().join("a.csv"), b"row,1\n").unwrap();
    recorded.copy_to(&target, &manifest).unwrap();
    assert!(!manifest.exists(), "it names what is no longer there");
    assert_eq!(fs::read(target.join("a.csv")).unwrap(), b"row,1\n");
    assert_eq!(names(target.parent().unwrap()), ["eu"]);
}

#[test]
fn the_same_payloads_again_touch_nothing() {
    use std::os::unix::fs::MetadataExt as _;
    let (folder, first) = folder_with(&[("a.csv", b"row,1\n")]);
    let inode = |payloads: &Payloads| fs::metadata(payloads.folder()).unwrap().ino();
    let before = inode(&first);
    let begin = |bytes: &[u8]| {
        let path = folder.path().join("a.csv");
        fs::write(&path, bytes).unwrap();
        let mut new = NewPayloads::begin(first.folder(), "acme", "2026-03".parse().unwrap()).unwrap();
        new.import(&path, "csv", Limits::default()).unwrap();
        new.commit().unwrap()
    };
    assert_eq!(inode(&begin(b"row,1\n")), before);
    let other = begin(b"row,2\n");
    assert_ne!(inode(&other), before);
    assert_eq!(read(&other, 0).unwrap(), b"row,2\n");
}

#[test]
fn names_of_the_vendor_never_leave_the_folder_and_never_collide() {
    use std::os::unix::fs::PermissionsExt as _;
    let names =
        ["../../evil", "/etc/cron.d/x", "Usage.csv", "usage.csv", "usage.csv", "payloads.json", "", "CON"];
    let rig = Rig::new(names.map(|name| Play::ok(name.as_bytes())));
    let mut services = rig.start().unwrap();
    for name in names {
        let answer = send(&mut services, rig.get("/")).unwrap();
        let keep = Call::Keep { body: answer.body, name: name.to_owned(), format: "csv".to_owned() };
        services.call(keep, &mut Vec::new()).unwrap();
    }
    assert!(!rig.path("payloads/eu").exists());
    let payloads = services.finish().unwrap();
    let files: Vec<&str> = payloads.files().iter().map(|file| file.file.as_str()).collect();
    assert_eq!(
        files,
        [
            "evil",
            "etc-cron.d-x",
            "Usage.csv",
            "usage-2.csv",
            "usage-3.csv",
            "payloads-2.json",
            "payload",
            "payload-CON"
        ]
    );
    for (file, name) in payloads.files().iter().zip(names) {
        let path = payloads.folder().join(&file.file);
        assert_eq!(fs::read(&path).unwrap(), name.as_bytes());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    for folder in [payloads.folder(), payloads.folder().parent().unwrap()] {
        assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
    }
}

#[test]
fn nothing_is_at_its_place_before_the_end_and_notes_outlive_a_failure() {
    let rig = Rig::new([Play::ok(b"row,1\n"), Play::ok(b"row,2\n")]);
    let mut services = rig.start().unwrap();
    let note = Call::Remember { key: "report".to_owned(), value: Some("8b50".to_owned()) };
    services.call(note, &mut Vec::new()).unwrap();
    let keep = |body| Call::Keep { body, name: "usage.csv".to_owned(), format: "csv".to_owned() };
    let answer = send(&mut services, rig.get("/")).unwrap();
    services.call(keep(answer.body), &mut Vec::new()).unwrap();
    drop(services);
    assert!(Payloads::find(&rig.path("payloads/eu")).unwrap().is_none());
    assert_eq!(names(&rig.path("payloads/.eu.incomplete")), ["usage.csv"]);

    let mut services = rig.start().unwrap();
    let recalled = services.call(Call::Recall { key: "report".to_owned() }, &mut Vec::new()).unwrap();
    assert!(matches!(recalled, ratebook_plugin::call::Reply::Note(Some(note)) if note == "8b50"));
    let answer = send(&mut services, rig.get("/")).unwrap();
    services.call(keep(answer.body), &mut Vec::new()).unwrap();
    let payloads = services.finish().unwrap();
    assert_eq!(read(&payloads, 0).unwrap(), b"row,2\n");
    assert_eq!(names(&rig.path("payloads")), ["eu"]);
    assert!(!rig.path("state/eu.json").exists());
}

#[test]
fn a_plugin_that_kept_nothing_has_not_fetched_an_empty_month() {
    let rig = Rig::new([]);
    let problem = rig.start().unwrap().finish().unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Empty);
    assert!(names(&rig.path("payloads")).is_empty());
}

#[test]
fn files_by_hand_show_their_head_and_damaged_ones_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.csv");
    for bytes in [rows(), gzip(&rows())] {
        fs::write(&path, &bytes).unwrap();
        assert_eq!(head_of(&path).unwrap(), rows()[..64 << 10]);
    }
    let mut new = NewPayloads::begin(&folder.path().join("eu"), "acme", "2026-03".parse().unwrap()).unwrap();
    let whole = gzip(&rows());
    fs::write(&path, &whole[..whole.len() - 5]).unwrap();
    let problem = new.import(&path, "csv", Limits::default()).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Data);
    assert!(problem.message.contains("report.csv") && problem.message.contains("cut"), "{problem}");
}
