//! A server that answers lines over TCP with a component, while the component waits for a function of the host's.
//!
//! `cargo run --example async_server` serves four clients of its own and ends.

use coracle::component::{Component, InstancePre, Linker};
use coracle::{Config, Engine, Result, Store};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Doubles what the host looks up for a number.
const SERVICE: &str = r#"(component
  (import "look-up" (func $look-up (param "key" u32) (result u32)))
  (core func $look-up (canon lower (func $look-up)))
  (core module $m
    (import "host" "look-up" (func $look-up (param i32) (result i32)))
    (func (export "answer") (param i32) (result i32) (i32.mul (call $look-up (local.get 0)) (i32.const 2))))
  (core instance $i (instantiate $m (with "host" (instance (export "look-up" (func $look-up))))))
  (func (export "answer") (param "key" u32) (result u32) (canon lift (core func $i "answer"))))"#;

/// Answers each line of one client: an instance for each, so that none sees another's.
async fn serve(pre: InstancePre<()>, client: TcpStream) -> Result<()> {
    let (read, mut write) = client.into_split();
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        let mut store = Store::new(pre.engine(), ());
        // A guest that runs on gives way to other clients, and ends at last.
        store.set_fuel(1_000_000)?;
        store.fuel_async_yield_interval(Some(10_000))?;
        let instance = pre.instantiate_async(&mut store).await?;
        let answer = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "answer")?;
        let text = match answer.call_async(&mut store, (line.parse()?,)).await {
            Ok((number,)) => format!("{number}\n"),
            Err(error) => format!("failed: {error}\n"),
        };
        write.write_all(text.as_bytes()).await?;
    }
    Ok(())
}

/// Asks for one number.
async fn ask(addr: std::net::SocketAddr, key: u32) -> Result<String> {
    let (read, mut write) = TcpStream::connect(addr).await?.into_split();
    write.write_all(format!("{key}\n").as_bytes()).await?;
    Ok(BufReader::new(read).lines().next_line().await?.unwrap_or_default())
}

async fn run() -> Result<()> {
    let mut config = Config::new();
    config.consume_fuel(true);
    let engine = Engine::new(&config)?;
    let mut linker = Linker::<()>::new(&engine);
    linker.root().func_wrap_async("look-up", |_, (key,): (u32,)| {
        Box::new(async move {
            // A database, say: others are served meanwhile.
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok((key + 100,))
        })
    })?;
    let pre = linker.instantiate_pre(&Component::new(&engine, SERVICE)?)?;

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let addr = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(serve(pre.clone(), client));
        }
    });
    let clients: Vec<_> = (0..4).map(|key| tokio::spawn(ask(addr, key))).collect();
    for (key, client) in (0..).zip(clients) {
        let answer = client.await??;
        println!("{key}: {answer}");
        assert_eq!(answer, ((key + 100) * 2).to_string());
    }
    Ok(())
}

pub(crate) fn main() -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(run())
}
