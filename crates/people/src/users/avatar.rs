//! Pictures of users. Whatever was sent is decoded within limits and drawn anew as a small PNG, so that nothing of the
//! file itself is kept or served.

use std::io::Cursor;

use image::{ImageFormat, ImageReader, Limits, imageops::FilterType};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, sea_query::Expr};
use vigie_db::Database;
use vigie_kernel::{Act, AuditEntry, UserId};

use super::mine::ChangeError;
use crate::{
    digest::sha256_of,
    entity::{user, user_avatar},
};

/// Largest file, bytes.
pub const LARGEST: usize = 2 << 20;
/// Most pixels on each side of what is sent.
const MOST_PIXELS: u32 = 6000;
/// Most memory that decoding may take, bytes.
const MOST_MEMORY: u64 = 160 << 20;
/// Pixels on each side of what is kept.
const SIDE: u32 = 192;

/// A picture that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Larger than [`LARGEST`].
    #[error("the file is larger than 2 MiB")]
    TooLarge,
    /// Neither PNG, JPEG, GIF nor WebP, whatever its name says.
    #[error("this is no PNG, JPEG, GIF or WebP image")]
    Kind,
    /// It cannot be decoded, or not within the limits.
    #[error("the image cannot be read, or is larger than 6000 × 6000 pixels")]
    Unreadable,
}

/// Draws a picture anew: a square of its middle, as PNG. Takes up to some hundred milliseconds: not for a thread that
/// others wait for.
pub fn redraw(file: &[u8]) -> Result<Vec<u8>, PictureError> {
    if file.len() > LARGEST {
        return Err(PictureError::TooLarge);
    }
    let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(|_| PictureError::Kind)?;
    // What it is, not what it is called.
    match reader.format() {
        Some(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Gif | ImageFormat::WebP) => {}
        _ => return Err(PictureError::Kind),
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_PIXELS);
    limits.max_image_height = Some(MOST_PIXELS);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let image = reader.decode().map_err(|_| PictureError::Unreadable)?;
    let image = image.resize_to_fill(SIDE, SIDE, FilterType::CatmullRom).into_rgba8();
    let mut drawn = Vec::new();
    image.write_to(&mut Cursor::new(&mut drawn), ImageFormat::Png).map_err(|_| PictureError::Unreadable)?;
    Ok(drawn)
}

/// Gives a user the picture that [`redraw`] made, or none. Answers what tells it from others.
pub async fn set(db: &Database, act: Act, id: UserId, picture: Option<Vec<u8>>) -> Result<Option<String>, ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let row = user::Entity::find_by_id(id).one(tx).await?.ok_or(ChangeError::NotFound)?;
            let digest = picture.as_deref().map(|it| hex::encode(&sha256_of(it)[..8]));
            user_avatar::Entity::delete_by_id(id).exec(tx).await?;
            if let Some(content) = picture {
                let kept = user_avatar::ActiveModel { user_id: Set(id), content: Set(content) };
                user_avatar::Entity::insert(kept).exec_without_returning(tx).await?;
            }
            user::Entity::update_many()
                .col_expr(user::Column::Avatar, Expr::value(digest.clone()))
                .filter(user::Column::Id.eq(id))
                .exec(tx)
                .await?;
            let action = if digest.is_some() { "profile.picture" } else { "profile.picture.remove" };
            let entry = AuditEntry::new(act.at, &act.actor, action, "user").object(id, &row.login);
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(digest)
        })
    })
    .await
}

/// A user's picture, PNG.
pub async fn get(db: &Database, id: UserId) -> Result<Option<Vec<u8>>, DbErr> {
    Ok(user_avatar::Entity::find_by_id(id).one(db.reads()).await?.map(|row| row.content))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let image =
            image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x.to_le_bytes()[0], y.to_le_bytes()[0], 7]));
        let mut file = Vec::new();
        image.write_to(&mut Cursor::new(&mut file), format).unwrap();
        file
    }

    #[test]
    fn every_kind_becomes_a_small_square_and_nothing_of_the_file_stays() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
            let mut file = encoded(640, 300, format);
            file.extend_from_slice(b"<script>alert(1)</script>");
            let drawn = redraw(&file).unwrap();
            let read = image::load_from_memory_with_format(&drawn, ImageFormat::Png).unwrap();
            assert_eq!((read.width(), read.height()), (SIDE, SIDE), "{format:?}");
            assert!(!drawn.windows(8).any(|it| it == b"<script>"));
        }
    }

    #[test]
    fn what_is_no_image_or_too_large_is_refused_by_name() {
        assert_eq!(redraw(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), Err(PictureError::Kind));
        assert_eq!(redraw(b""), Err(PictureError::Kind));
        assert_eq!(redraw(&vec![0; LARGEST + 1]), Err(PictureError::TooLarge));
        let png = encoded(64, 64, ImageFormat::Png);
        assert_eq!(redraw(&png[..png.len() / 2]), Err(PictureError::Unreadable));
        // A header that promises more than memory holds.
        let mut bomb = png;
        bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        assert_eq!(redraw(&bomb), Err(PictureError::Unreadable));
    }
}
