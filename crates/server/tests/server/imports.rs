//! Imports of equipment through the router: from the file to the equipment and back, and what is refused on the way.

use std::io::Write as _;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use vigie_server::{
    server_on_both_engines,
    testing::{Answer, Client},
};

const FILE: &str =
    "Nom;Numéro de série;Client;Date d'achat;Couleur\nPC-1;S1;;2024-01-02;vert\nPC-2;S2;Nobody;;\n\"=PC-3\";S1;;;\n";

/// Sends a form: the file, and words.
async fn send(client: &Client, file: &[u8], words: &[(&str, &str)]) -> Answer {
    let mut body = Vec::new();
    for (name, value) in words {
        write!(body, "--X\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").unwrap();
    }
    write!(body, "--X\r\ncontent-disposition: form-data; name=\"file\"; filename=\"../park.csv\"\r\n\r\n").unwrap();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--X--\r\n");
    client.send(Method::POST, "/api/v1/imports/equipment", Some("multipart/form-data; boundary=X"), body).await
}

/// Asks until the import goes on no more.
async fn ended(client: &Client, id: &str) -> Value {
    loop {
        let import = client.get(&format!("/api/v1/imports/{id}")).await.json();
        if !["waiting", "running", "undoing"].contains(&import["state"].as_str().unwrap()) {
            return import;
        }
        tokio::task::yield_now().await;
    }
}

async fn imported(client: &Client, file: &[u8], words: &[(&str, &str)]) -> Value {
    let begun = send(client, file, words).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{begun:?}");
    ended(client, begun.json()["id"].as_str().unwrap()).await
}

async fn total(client: &Client) -> Value {
    client.get("/api/v1/equipment").await.json()["total"].clone()
}

server_on_both_engines! {
    async fn a_file_with_sensible_headers_needs_nothing_else(server: TestServer) {
        let client = server.with_token().await;
        let import = imported(&client, FILE.as_bytes(), &[]).await;
        assert_eq!((&import["state"], &import["percent"], &import["file_name"]), (&json!("done"), &json!(100), &json!("park.csv")));
        let counts = ["lines_total", "lines_read", "created", "changed", "unchanged", "refused"].map(|it| import[it].clone());
        assert_eq!(counts, [3, 3, 1, 0, 0, 2]);
        assert_eq!(import["warnings"], json!([{ "code": "columns-left-out", "names": ["Couleur"] }]));
        assert_eq!(total(&client).await, 1);
        let path = format!("/api/v1/imports/{}", import["id"].as_str().unwrap());
        let refused = client.get(&format!("{path}/refused-lines?limit=1")).await.json();
        assert_eq!((&refused["items"][0]["line"], &refused["items"][0]["code"]), (&json!(3), &json!("customer-unknown")));
        let cursor = refused["next_cursor"].as_str().unwrap().to_owned();
        let refused = client.get(&format!("{path}/refused-lines?limit=1&cursor={cursor}")).await.json();
        assert_eq!((&refused["items"][0]["other_line"], &refused["next_cursor"]), (&json!(2), &Value::Null));
        let file = client.get(&format!("{path}/refused-lines/file")).await;
        assert_eq!(file.text(), "line,code,reason,Nom,Numéro de série,Client,Date d'achat,Couleur\n\
            3,customer-unknown,Client: no customer is called Nobody.,PC-2,S2,Nobody,,\n\
            4,duplicate,\"Numéro de série: S1 stands on line 2, too.\",'=PC-3,S1,,,\n");
        let undone = client.post(&format!("{path}/undo"), json!({})).await;
        assert_eq!((undone.status, &undone.json()["state"], &undone.json()["undone"]), (StatusCode::OK, &json!("undone"), &json!(1)));
        assert_eq!(total(&client).await, 0);
        let again = client.post(&format!("{path}/undo"), json!({})).await;
        assert_eq!((again.status, &again.json()["undone"]), (StatusCode::OK, &json!(1)));
        assert_eq!(client.get(&format!("{path}/kept")).await.json()["items"], json!([]));
        assert_eq!(client.delete(&path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(client.get(&path).await.status, StatusCode::NOT_FOUND);
    }

    async fn a_dry_run_changes_nothing_and_then_its_file_is_imported(server: TestServer) {
        let client = server.signed_in().await;
        for form in [true, false] {
            let dry = if form {
                imported(&client, FILE.as_bytes(), &[("dry_run", "true")]).await
            } else {
                let preview = send(&client, FILE.as_bytes(), &[("preview", "true"), ("delimiter", "")]).await;
                assert_eq!((preview.status, &preview.json()["state"]), (StatusCode::CREATED, &json!("draft")));
                let id = preview.json()["id"].as_str().unwrap().to_owned();
                let path = format!("/api/v1/imports/{id}");
                let shown = client.get(&format!("{path}/preview")).await.json();
                assert_eq!((&shown["encoding"], &shown["delimiter"]), (&json!("utf-8"), &json!("semicolon")));
                assert_eq!(shown["columns"][1], json!({ "name": "Numéro de série", "field": "serial" }));
                assert_eq!((&shown["columns"][4]["field"], &shown["rows"][0][4]), (&Value::Null, &json!("vert")));
                let wide = client.get(&format!("{path}/preview?delimiter=comma")).await.json();
                assert_eq!(wide["columns"].as_array().unwrap().len(), 1);
                let none = client.get(&format!("{path}/preview?delimiter=dot")).await;
                assert_eq!(none.status, StatusCode::BAD_REQUEST, "{none:?}");
                let begun = client.post(&format!("{path}/start"), json!({ "dry_run": true })).await;
                assert_eq!(begun.status, StatusCode::ACCEPTED, "{begun:?}");
                ended(&client, &id).await
            };
            assert_eq!((&dry["state"], &dry["created"], &dry["refused"], &dry["can_undo"]), (&json!("done"), &json!(1), &json!(2), &json!(false)));
            assert_eq!(total(&client).await, 0);
            let id = dry["id"].as_str().unwrap();
            let undo = client.post(&format!("/api/v1/imports/{id}/undo"), json!({})).await;
            assert_eq!((undo.status, undo.code().as_str()), (StatusCode::CONFLICT, "nothing-to-undo"));
            assert!(server.state.imports.file(id.parse().unwrap()).exists());
            let start = format!("/api/v1/imports/{id}/start");
            let options = json!({ "mapping": { "Nom": "name", "Couleur": "custom:Colour" } });
            let wrong = client.post(&start, json!({ "options": { "mapping": { "Name": "name" } } })).await;
            assert_eq!((wrong.status, wrong.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "value-invalid"));
            client.post(&start, json!({ "options": options })).await;
            let real = ended(&client, id).await;
            assert_eq!((&real["created"], &real["refused"], &real["dry_run"]), (&json!(3), &json!(0), &json!(false)));
            // The file is not needed any more.
            while server.state.imports.file(id.parse().unwrap()).exists() {
                tokio::task::yield_now().await;
            }
            let made = client.post(&start, json!({})).await;
            assert_eq!((made.status, made.code().as_str()), (StatusCode::CONFLICT, "import-made"));
            client.post(&format!("/api/v1/imports/{id}/undo"), json!({})).await;
            assert_eq!(total(&client).await, 0);
        }
        let listed = client.get("/api/v1/imports").await.json();
        assert_eq!((&listed["total"], &listed["items"][0]["state"]), (&json!(2), &json!("undone")));
        let asked = client.send(
            Method::POST,
            "/api/v1/imports/equipment?dry_run=true",
            Some("multipart/form-data; boundary=X"),
            "--X\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nname\na\r\n--X--\r\n",
        ).await;
        assert_eq!(asked.json()["dry_run"], true);
        ended(&client, asked.json()["id"].as_str().unwrap()).await;
        assert_eq!(total(&client).await, 0);
    }

    async fn what_cannot_be_read_is_said_and_leaves_nothing_behind(server: TestServer) {
        let client = server.with_token().await;
        let wide = vec!["x"; 16_000].join(";");
        let endless = format!("name\n{}", "x".repeat(300_000));
        for (file, reason) in [
            (&b""[..], "empty"),
            (b"\x00\x01\x02", "not-a-table"),
            (b"PK\x03\x04nonsense", "damaged"),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "old-workbook"),
            (wide.as_bytes(), "columns-too-many"),
            (endless.as_bytes(), "line-too-long"),
        ] {
            let answer = send(&client, file, &[]).await;
            assert_eq!((answer.status, answer.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "import-unreadable"));
            assert_eq!(answer.json()["reason"], reason);
        }
        for (words, field) in [
            (("mapping", "[]"), "mapping"),
            (("mapping", "{\"name\":\"colour\"}"), "mapping"),
            (("dates", "ydm"), "dates"),
            (("dry_run", "perhaps"), "dry_run"),
            (("customer_id", "acme"), "customer_id"),
            (("colour", "green"), "colour"),
        ] {
            let answer = send(&client, b"name\na\n", &[words]).await;
            assert_eq!((answer.status, answer.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "value-invalid"));
            assert_eq!(answer.json()["errors"][0]["field"], field);
        }
        let unknown = send(&client, b"what,ever\na,b\n", &[]).await;
        assert_eq!((unknown.status, unknown.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "value-invalid"));
        let json = client.post("/api/v1/imports/equipment", json!({})).await;
        assert_eq!(json.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        // A fault far down is found before anything is changed.
        let torn = format!("name\n{}\"{}", "good\n".repeat(500), "x\n".repeat(100_000));
        let failed = imported(&client, torn.as_bytes(), &[]).await;
        assert_eq!((&failed["state"], &failed["error"]["code"]), (&json!("failed"), &json!("line-too-long")));
        assert_eq!((&failed["created"], total(&client).await), (&json!(0), json!(0)));
        assert_eq!(client.get("/api/v1/imports").await.json()["total"], 1);
        let folder = server.state.imports.file("im_00000000000000000000000000000000".parse().unwrap());
        assert_eq!(std::fs::read_dir(folder.parent().unwrap()).unwrap().count(), 0, "no file is left");
    }

    async fn an_import_larger_than_a_batch_ends_with_all_its_lines(server: TestServer) {
        let client = server.with_token().await;
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (column, name) in (0_u16..).zip(["Name", "Serial number", "Purchase date"]) {
            sheet.write_string(0, column, name).unwrap();
        }
        let day = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy");
        for row in 1..=1234_u32 {
            sheet.write_string(row, 0, format!("PC-{row}")).unwrap();
            sheet.write_string(row, 1, format!("S{}", row % 1200)).unwrap();
            sheet.write_datetime_with_format(row, 2, rust_xlsxwriter::ExcelDateTime::from_ymd(2024, 5, 6).unwrap(), &day).unwrap();
        }
        let file = book.save_to_buffer().unwrap();
        let import = imported(&client, &file, &[]).await;
        assert_eq!(["format", "state", "created", "refused"].map(|it| import[it].clone()), [json!("xlsx"), json!("done"), json!(1200), json!(34)]);
        assert_eq!(total(&client).await, 1200);
        let one = client.get("/api/v1/equipment?q=PC-7&limit=1&sort=name").await.json();
        let id = one["items"][0]["id"].as_str().unwrap();
        assert_eq!(client.get(&format!("/api/v1/equipment/{id}")).await.json()["purchase_date"], "2024-05-06");
        // Undone while the next one waits.
        let id = import["id"].as_str().unwrap();
        client.post(&format!("/api/v1/imports/{id}/undo"), json!({})).await;
        let undone = ended(&client, id).await;
        assert_eq!((&undone["undone"], &undone["kept"], total(&client).await), (&json!(1200), &json!(0), json!(0)));
    }
}
