//! Reference files of third parties lie in a folder `shared` beside the repository, if at all.

use std::path::{Path, PathBuf};

/// Such a file, whose `path` starts in that folder; where it is absent, a line says that what needs it is skipped.
pub fn shared(path: &str) -> Option<PathBuf> {
    // Beside the repository, or beside the folder of worktrees.
    let near = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = near
        .map(|folder| folder.join("shared").join(path))
        .find(|file| file.exists());
    if found.is_none() {
        println!("skipped: shared/{path} is not here");
    }
    found
}
