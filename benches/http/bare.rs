//! The limit: actix-web and diesel with the same SQL on the same file, and nothing else: no rights,
//! no audit, no entity tag.

use actix_web::web::{self, Data, Path};
use actix_web::{App, HttpResponse, HttpServer};
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::sql_types::{BigInt, Double, Nullable, Text};
use serde::Serialize;
use serde_json::Value;

type Connections = Pool<ConnectionManager<SqliteConnection>>;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Text)]
    snapshot: String,
    #[diesel(sql_type = Text)]
    digest: String,
}

#[derive(Serialize)]
struct Submission {
    id: i64,
    title: String,
    digest: String,
    snapshot: Value,
}

#[derive(QueryableByName, Serialize)]
struct Ranked {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Text)]
    coalition: String,
    #[diesel(sql_type = Nullable<Double>)]
    mean: Option<f64>,
    #[diesel(sql_type = BigInt)]
    reviews: i64,
}

/// Serves until it is killed.
pub fn serve(database: &str, port: u16) -> anyhow::Result<()> {
    let pool = Pool::builder()
        .max_size(8)
        .build(ConnectionManager::<SqliteConnection>::new(database))?;
    actix_web::rt::System::new().block_on(async {
        HttpServer::new(move || {
            App::new()
                .app_data(Data::new(pool.clone()))
                .route("/submissions/{id}", web::get().to(submission))
                .route("/stages/{id}/results", web::get().to(results))
                .route("/health/ready", web::get().to(HttpResponse::Ok))
        })
        .workers(std::thread::available_parallelism()?.get())
        .bind(("127.0.0.1", port))?
        .run()
        .await
    })?;
    Ok(())
}

fn failed(error: impl std::fmt::Display) -> actix_web::Error {
    actix_web::error::ErrorInternalServerError(error.to_string())
}

async fn submission(pool: Data<Connections>, id: Path<i64>) -> actix_web::Result<HttpResponse> {
    let row = web::block(move || -> anyhow::Result<Row> {
        let sql = "SELECT id, title, snapshot, digest FROM submissions WHERE id = ?";
        let query = diesel::sql_query(sql).bind::<BigInt, _>(id.into_inner());
        Ok(query.get_result(&mut pool.get()?)?)
    })
    .await?
    .map_err(failed)?;
    Ok(HttpResponse::Ok().json(Submission {
        id: row.id,
        title: row.title,
        digest: row.digest,
        snapshot: serde_json::from_str(&row.snapshot).map_err(failed)?,
    }))
}

async fn results(pool: Data<Connections>, id: Path<i64>) -> actix_web::Result<HttpResponse> {
    let rows = web::block(move || -> anyhow::Result<Vec<Ranked>> {
        let sql = "SELECT s.id, s.title, c.name AS coalition, avg(r.total) AS mean, \
                   count(r.id) AS reviews FROM submissions s \
                   JOIN coalitions c ON c.id = s.coalition_id \
                   LEFT JOIN reviews r ON r.submission_id = s.id AND r.state = 'submitted' \
                   WHERE s.stage_id = ? AND s.state = 'in_force' \
                   GROUP BY s.id ORDER BY mean DESC, s.id LIMIT 50";
        let query = diesel::sql_query(sql).bind::<BigInt, _>(id.into_inner());
        Ok(query.load(&mut pool.get()?)?)
    })
    .await?
    .map_err(failed)?;
    Ok(HttpResponse::Ok().json(rows))
}
