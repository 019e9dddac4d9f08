//! Before an upgrade the new program backs up what the old one wrote.

use civitas::cli::demo;
use civitas::platform::audit::chain_once;
use civitas::platform::clock::Clock;
use civitas::platform::db::migrate;
use civitas::platform::digest::sha256_hex;
use diesel::connection::SimpleConnection as _;

use super::scene::{Elsewhere, well};
use crate::commands::civitas;
use crate::upgrades::looking::columns;
use crate::upgrades::old;
use crate::world::World;

#[actix_web::test]
async fn a_database_of_an_earlier_version_is_backed_up_and_laid_back_as_it_is() {
    let w = World::on_sqlite().await;
    w.clock.set(Clock::system().now());
    demo::load(&w.app, || {}).unwrap();
    while w.write(chain_once) > 0 {}
    let folder = w.folder.path();
    let words = "An upload.";
    let name = sha256_hex(words);
    let kept = folder.join("files/kept").join(&name[..2]);
    std::fs::create_dir_all(&kept).unwrap();
    std::fs::write(kept.join(&name), words).unwrap();
    let steps = migrate::all().unwrap();
    for taken in [1, 6, 12, 19, steps.len()] {
        let database = old(&w, taken);
        let mut conn = database.open().unwrap();
        let known = &columns(&mut conn, "main")["files"];
        let has = |column: &str| known.iter().any(|one| one.name == column);
        let named = if has("name") { ", name = digest" } else { "" };
        let size = words.len();
        let sql = format!(
            "UPDATE files SET size = {size}, digest = '{name}'; UPDATE files SET size = size{named}"
        );
        conn.batch_execute(&sql).unwrap();
        drop(conn);
        let last = &steps[taken - 1];
        let archive = format!("{taken}.tar");
        let told = well(&civitas(folder, &database, &["backup", &archive]));
        assert!(told.contains("1 upload(s)"), "after {last}: {told}");
        let there = Elsewhere::new();
        let checked = well(&there.check(&folder.join(&archive)));
        assert!(
            checked.contains("1 upload(s) are there"),
            "after {last}: {checked}"
        );
        let told = well(&there.with("restore", &folder.join(&archive)));
        let is_earlier = taken < steps.len();
        assert_eq!(
            told.contains("civitas migrate"),
            is_earlier,
            "after {last}: {told}"
        );
        let ran = well(&there.command(&["migrate"]));
        assert_eq!(
            ran.lines().count(),
            (steps.len() - taken).max(1),
            "after {last}: {ran}"
        );
        well(&there.command(&["audit", "verify"]));
    }
    w.finish();
}
