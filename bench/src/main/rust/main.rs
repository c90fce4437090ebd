//! The echo of a race on tokio: `echo-tokio udp|tcp PORT`. One thread, since a race gives one core.
use std::io::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

const BYTES: usize = 65536;

async fn udp(port: u16) -> Result<()> {
    let socket = UdpSocket::bind(("127.0.0.1", port)).await?;
    let mut buffer = vec![0; BYTES];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer).await?;
        socket.send_to(&buffer[..length], peer).await?;
    }
}

async fn echo(mut stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; BYTES];
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..length]).await?;
    }
}

async fn tcp(port: u16) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(echo(stream));
    }
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().collect();
    let port = words.get(2).and_then(|port| port.parse().ok()).unwrap_or(0);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    match words.get(1).map(String::as_str) {
        Some("udp") => runtime.block_on(udp(port)),
        Some("tcp") => runtime.block_on(tcp(port)),
        _ => {
            eprintln!("usage: echo-tokio udp|tcp PORT");
            std::process::exit(2)
        }
    }
}
