//! Before the build: packs the sample's past cases, which would be a tenth of the binary as they are, and asks the
//! linker to pack the table of addresses that the loader mends, which would be another.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;

const CASES: &str = "assets/sample/cases.jsonl";

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed={CASES}");
    println!("cargo::rerun-if-changed=src/build.rs");
    // Loaders know the packed form since glibc 2.36 (2022); an older one says so and does not start.
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|v| v == value);
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    let folder = std::env::var_os("OUT_DIR").ok_or_else(|| std::io::Error::other("cargo names no folder"))?;
    let file = File::create(Path::new(&folder).join("cases.jsonl.deflate"))?;
    let mut packed = DeflateEncoder::new(file, Compression::best());
    packed.write_all(&std::fs::read(CASES)?)?;
    packed.finish()?;
    Ok(())
}
