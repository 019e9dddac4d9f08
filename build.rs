//! A new migration must rebuild what embeds them.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
