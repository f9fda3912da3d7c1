//! Before the build: packs the sample's past cases, which would be a tenth of the binary as they are.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;

const CASES: &str = "assets/sample/cases.jsonl";

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed={CASES}");
    println!("cargo::rerun-if-changed=src/build.rs");
    let folder = std::env::var_os("OUT_DIR").ok_or_else(|| std::io::Error::other("cargo names no folder"))?;
    let file = File::create(Path::new(&folder).join("cases.jsonl.deflate"))?;
    let mut packed = DeflateEncoder::new(file, Compression::best());
    packed.write_all(&std::fs::read(CASES)?)?;
    packed.finish()?;
    Ok(())
}
