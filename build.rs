//! Tells cargo what else the program is made of.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
