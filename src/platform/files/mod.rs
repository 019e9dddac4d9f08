//! Uploads: streamed to disk with bounded memory, judged by their content, kept on this machine or
//! in an S3-compatible store, each under a name of its own. An object may show a file only after
//! [`Files::keep`] has returned: the bytes are safe then.

mod kinds;
mod moving;
mod room;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Bytes;
use anyhow::Context as _;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _};
use object_store::aws::AmazonS3Builder;
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer};
use object_store::{ObjectStore, ObjectStoreExt as _};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::sync::Semaphore;

use super::config::{FileStore, FilesConfig};
use super::digest;
use super::random::Entropy;
use super::refusal::{Failure, Refusal, Result};

pub use kinds::{Kind, named_as};
pub use moving::kept_in;

use room::failed;

/// How many bytes are held in memory at most while a file is copied.
const PIECE: usize = 256 * 1024;

/// The smallest part that a bucket takes of a file in several, in bytes.
const PART: usize = 5 * 1024 * 1024;

/// Uploads that are copied to the store at once; further ones wait on disk.
const KEPT_AT_ONCE: usize = 4;

/// How long a link to the store is good.
const LINKS_LAST: Duration = Duration::from_mins(1);

/// How a store serves a file to whoever follows a link.
#[derive(Clone, Copy, Debug)]
pub struct ServedAs<'a> {
    /// `Content-Type`.
    pub media_type: &'a str,
    /// `Content-Disposition`.
    pub disposition: &'a str,
}

/// What an upload is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// SHA-256 of the bytes, in hexadecimal.
    pub digest: String,
    /// Size in bytes.
    pub size: i64,
    /// What it is, judged by its content.
    pub media_type: &'static str,
}

/// The pieces of a stored file, in order.
pub type Pieces = BoxStream<'static, std::io::Result<Bytes>>;

/// Where uploads lie.
#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    signer: Option<Arc<dyn Signer>>,
    incoming: PathBuf,
    /// Places to copy to the store: each holds some pieces of a bucket's in memory.
    keeping: Arc<Semaphore>,
}

impl Files {
    /// Opens the store that the settings name.
    ///
    /// # Errors
    /// When the folder can't be made or the settings of the bucket don't fit together.
    pub fn of(config: &FilesConfig) -> anyhow::Result<Self> {
        match config.store {
            FileStore::Local => Self::in_folder(&config.folder),
            FileStore::S3 => Self::in_bucket(config),
        }
    }

    /// Keeps files in a folder of this machine.
    ///
    /// # Errors
    /// When the folder can't be made.
    pub fn in_folder(folder: &std::path::Path) -> anyhow::Result<Self> {
        let incoming = folder.join("incoming");
        let kept = folder.join("kept");
        for folder in [&incoming, &kept] {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("can't make the folder {}", folder.display()))?;
        }
        Ok(Self {
            store: Arc::new(LocalFileSystem::new_with_prefix(kept)?.with_fsync(true)),
            signer: None,
            incoming,
            keeping: Arc::new(Semaphore::new(KEPT_AT_ONCE)),
        })
    }

    fn in_bucket(config: &FilesConfig) -> anyhow::Result<Self> {
        let mut bucket = AmazonS3Builder::new()
            .with_bucket_name(&config.s3_bucket)
            .with_region(&config.s3_region)
            .with_allow_http(config.s3_allow_http);
        if !config.s3_endpoint.is_empty() {
            bucket = bucket.with_endpoint(&config.s3_endpoint);
        }
        if !config.s3_access_key.expose_secret().is_empty() {
            bucket = bucket
                .with_access_key_id(config.s3_access_key.expose_secret())
                .with_secret_access_key(config.s3_secret_key.expose_secret());
        }
        let bucket = Arc::new(bucket.build().context("the settings of the bucket")?);
        Ok(Self {
            store: bucket.clone(),
            signer: config.s3_links.then_some(bucket as Arc<dyn Signer>),
            incoming: std::env::temp_dir(),
            keeping: Arc::new(Semaphore::new(KEPT_AT_ONCE)),
        })
    }

    /// Takes in an upload of at most `limit` bytes and judges it; [`Files::keep`] keeps it.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] beyond the limit, [`Refusal::WrongMediaType`] for content that is
    /// not on the list of [`Kind`]s, [`Refusal::Malformed`] when the upload breaks off.
    pub async fn receive<S, E>(&self, bytes: S, limit: u64) -> Result<Received>
    where
        S: Stream<Item = std::result::Result<Bytes, E>>,
        E: std::fmt::Display,
    {
        let incoming = self.take_in(bytes, limit).await?;
        let kind = incoming.judge().await?;
        let stored = StoredFile {
            digest: incoming.digest.clone(),
            size: i64::try_from(incoming.size).map_err(Failure::broken)?,
            media_type: kind.media_type(),
        };
        Ok(Received { incoming, stored })
    }

    /// Keeps what was received under a name of [`fresh_name`]. A row must hold that name before, or
    /// nobody would know of the bytes after a crash.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn keep(&self, received: Received, name: &str) -> Result<StoredFile> {
        self.copy_over(&received.incoming, name).await?;
        Ok(received.stored)
    }

    /// Deletes a file; one that is not there is deleted already.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn delete(&self, name: &str) -> Result<()> {
        match self.store.delete(&path_of(name)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    /// Writes the upload to a nameless file, which vanishes by itself, even after a crash.
    async fn take_in<S, E>(&self, bytes: S, limit: u64) -> Result<Incoming>
    where
        S: Stream<Item = std::result::Result<Bytes, E>>,
        E: std::fmt::Display,
    {
        let file = tempfile::tempfile_in(&self.incoming).map_err(failed)?;
        let mut writing = tokio::fs::File::from_std(file.try_clone()?);
        writing.set_max_buf_size(PIECE);
        let mut hash = Sha256::new();
        let mut size: u64 = 0;
        futures_util::pin_mut!(bytes);
        while let Some(piece) = bytes.next().await {
            let piece = piece
                .map_err(|error| Refusal::Malformed(format!("The upload broke off: {error}")))?;
            size += piece.len() as u64;
            if size > limit {
                let limit = usize::try_from(limit).unwrap_or(usize::MAX);
                return Err(Refusal::TooLarge(limit).into());
            }
            hash.update(&piece);
            writing.write_all(&piece).await.map_err(failed)?;
        }
        writing.flush().await.map_err(failed)?;
        Ok(Incoming {
            file,
            size,
            digest: digest::hex(&hash.finalize()),
        })
    }

    /// Copies the upload to where it stays.
    async fn copy_over(&self, incoming: &Incoming, name: &str) -> Result<()> {
        let _place = self.keeping.acquire().await.map_err(Failure::broken)?;
        let mut from = tokio::fs::File::from_std(incoming.file.try_clone()?);
        from.set_max_buf_size(PIECE);
        from.rewind().await?;
        let path = path_of(name)?;
        let mut to =
            BufWriter::with_capacity(Arc::clone(&self.store), path, PART).with_max_concurrency(2);
        if let Err(error) = tokio::io::copy(&mut from, &mut to).await {
            to.abort().await.map_err(failed)?;
            return Err(failed(error));
        }
        to.shutdown().await.map_err(failed)?;
        Ok(())
    }

    /// Whether a file of this name is kept.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn exists(&self, name: &str) -> Result<bool> {
        match self.store.head(&path_of(name)?).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    /// The bytes of a kept file, piece by piece.
    ///
    /// # Errors
    /// When there is no such file though a row said so, or the store does not answer.
    pub async fn open(&self, name: &str) -> Result<Pieces> {
        let found = self.store.get(&path_of(name)?).await.map_err(failed)?;
        let pieces = found.into_stream();
        Ok(pieces
            .map(|piece| piece.map_err(std::io::Error::other))
            .boxed())
    }

    /// An address under which the store itself hands out the file for a minute, where it can and
    /// may: a local folder can't, then the server streams it. The store serves it as these headers
    /// say, whatever it knows of the file, and no part of the address can be changed.
    ///
    /// # Errors
    /// When the store's keys can't be had.
    pub async fn signed_link(&self, name: &str, served: ServedAs<'_>) -> Result<Option<String>> {
        let Some(signer) = &self.signer else {
            return Ok(None);
        };
        let get = "GET".parse().map_err(Failure::broken)?;
        let options = SignedUrlOptions::new().with_query([
            ("response-content-type", served.media_type),
            ("response-content-disposition", served.disposition),
            ("response-cache-control", "private, no-store"),
        ]);
        let link = signer
            .signed_url_opts(get, &path_of(name)?, LINKS_LAST, &options)
            .await;
        Ok(Some(link.map_err(failed)?.to_string()))
    }

    /// Whether there is a place for uploads that come in.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn can_take_in(&self) -> anyhow::Result<()> {
        let made = tempfile::tempfile_in(&self.incoming);
        made.map(drop)
            .with_context(|| format!("{} can't be written", self.incoming.display()))
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ready(&self) -> Result<()> {
        self.exists(&"0".repeat(64)).await.map(|_| ())
    }
}

/// An upload that has come in whole and was judged, not kept yet.
pub struct Received {
    incoming: Incoming,
    stored: StoredFile,
}

impl Received {
    /// What it will be once it is kept.
    pub const fn file(&self) -> &StoredFile {
        &self.stored
    }
}

/// An upload that has come in whole.
struct Incoming {
    file: std::fs::File,
    size: u64,
    digest: String,
}

impl Incoming {
    async fn judge(&self) -> Result<Kind> {
        let mut file = self.file.try_clone()?;
        let judged = tokio::task::spawn_blocking(move || kinds::judge(&mut file))
            .await
            .map_err(Failure::broken)??;
        judged.map_err(|why| Refusal::WrongMediaType(why.to_owned()).into())
    }
}

/// A name for an upload, which no other has: 64 hexadecimal digits.
pub fn fresh_name(entropy: &Entropy) -> String {
    digest::hex(&entropy.bytes::<32>())
}

/// `ab/abcd…`: not too many files in one folder.
fn path_of(name: &str) -> Result<Path> {
    let is_name = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_name {
        return Err(Failure::broken("a file is named by 64 hexadecimal digits"));
    }
    Ok(Path::from_iter([&name[..2], name]))
}
