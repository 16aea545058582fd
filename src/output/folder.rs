//! Writing files so that a reader sees the old ones or the new ones, never halves.

use super::catalogue::OutputError;
use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::path::{Path, PathBuf};

/// A hidden name for what will be renamed to `name`, another one every time: processes on several machines that share a folder may
/// have the same number.
pub fn temporary(name: &str) -> String {
    format!(".{name}.{:016x}.tmp", RandomState::new().build_hasher().finish())
}

/// Writes files into `folder`, which is made if it is not there: all to temporary names first, then renamed one after the
/// other. When writing fails, nothing has been renamed and the temporary files are removed. Other files are left alone.
///
/// # Errors
/// [`OutputError::File`] with the path at which it failed.
pub fn write(folder: &Path, files: &[(&str, Vec<u8>)]) -> Result<(), OutputError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| OutputError::File { path, source }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let temporary: Vec<PathBuf> = files.iter().map(|(name, _)| folder.join(temporary(name))).collect();
    let written =
        files.iter().zip(&temporary).try_for_each(|((_, bytes), path)| fs::write(path, bytes).map_err(failed(path)));
    let renamed = written.and_then(|()| {
        files.iter().zip(&temporary).try_for_each(|((name, _), path)| {
            let target = folder.join(name);
            fs::rename(path, &target).map_err(failed(&target))
        })
    });
    if renamed.is_err() {
        for path in &temporary {
            // Best effort: the error that is returned is the one that matters.
            let _ = fs::remove_file(path);
        }
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_temporary_names_are_the_same() {
        let names: std::collections::BTreeSet<String> = (0..100).map(|_| temporary("plan.json")).collect();
        assert_eq!(names.len(), 100);
    }

    #[test]
    fn files_are_replaced_and_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("deep/er");
        write(&out, &[("a.txt", b"one".to_vec()), ("b.txt", b"two".to_vec())]).unwrap();
        fs::write(out.join("mine.txt"), "mine").unwrap();
        write(&out, &[("a.txt", b"three".to_vec())]).unwrap();
        let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
        assert_eq!(
            (read("a.txt").as_str(), read("b.txt").as_str(), read("mine.txt").as_str()),
            ("three", "two", "mine")
        );
        assert_eq!(fs::read_dir(&out).unwrap().count(), 3, "no temporary file is left");
    }

    #[test]
    fn a_failure_leaves_the_old_files_and_no_temporary_ones() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[("a.txt", b"old".to_vec())]).unwrap();
        // The second file cannot be written: its name lies in a folder that does not exist.
        let error =
            write(folder.path(), &[("a.txt", b"new".to_vec()), ("no/such/b.txt", b"new".to_vec())]).unwrap_err();
        assert!(matches!(error, OutputError::File { .. }));
        assert_eq!(fs::read_to_string(folder.path().join("a.txt")).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_in_place_of_the_folder_is_an_error_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("taken");
        fs::write(&taken, "").unwrap();
        let error = write(&taken, &[("a.txt", Vec::new())]).unwrap_err();
        assert!(error.to_string().contains("taken"), "{error}");
    }
}
