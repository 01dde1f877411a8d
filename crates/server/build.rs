//! The web app is carried inside the program: when it is built anew, so is the program.

fn main() {
    println!("cargo:rerun-if-changed=../../ui/dist");
}
