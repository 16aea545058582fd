//! The backends of this build.

use super::{Backend, MipError};

/// The backends of this build, the preferred one first.
pub fn backends() -> &'static [&'static dyn Backend] {
    &[
        #[cfg(feature = "highs")]
        &super::Highs,
        #[cfg(feature = "microlp")]
        &super::Microlp,
    ]
}

/// The preferred backend of this build: HiGHS where it was compiled in, else microlp.
///
/// # Errors
/// [`MipError::NoBackend`] in a build without any.
pub fn default_backend() -> Result<&'static dyn Backend, MipError> {
    backends().first().copied().ok_or(MipError::NoBackend)
}

/// The backend called `name`.
///
/// # Errors
/// [`MipError::NoBackend`] in a build without any, [`MipError::UnknownBackend`] when none has the name.
pub fn backend(name: &str) -> Result<&'static dyn Backend, MipError> {
    if backends().is_empty() {
        return Err(MipError::NoBackend);
    }
    backends().iter().copied().find(|backend| backend.name() == name).ok_or_else(|| MipError::UnknownBackend {
        name: name.to_owned(),
        available: backends().iter().map(|backend| format!("`{}`", backend.name())).collect::<Vec<_>>().join(", "),
    })
}
