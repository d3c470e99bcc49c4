//! A pooler as PgBouncer is in transaction mode: all clients share one session of the server, one transaction each.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

/// A pooler that listens on a port of this machine.
pub struct Pooler {
    pub port: u16,
}

impl Pooler {
    /// Connects to the server's socket, and listens.
    pub fn start(socket: &Path) -> Pooler {
        let mut server = UnixStream::connect(socket).unwrap();
        let parameters = b"user\0postgres\0database\0app\0\0";
        server.write_all(&u32::try_from(parameters.len() + 8).unwrap().to_be_bytes()).unwrap();
        server.write_all(&[0, 3, 0, 0]).unwrap();
        server.write_all(parameters).unwrap();
        let (greeting, _) = until_ready(&mut server);
        let server = Arc::new(Mutex::new(server));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for client in listener.incoming() {
                let (server, greeting) = (Arc::clone(&server), greeting.clone());
                thread::spawn(move || serve(client.unwrap(), &server, &greeting));
            }
        });
        Pooler { port }
    }
}

/// Lends the session to a client from its first message until no transaction is open.
fn serve(mut client: TcpStream, server: &Mutex<UnixStream>, greeting: &[u8]) -> Option<()> {
    let mut length = [0; 4];
    client.read_exact(&mut length).ok()?;
    let mut startup = vec![0; u32::from_be_bytes(length) as usize - 4];
    client.read_exact(&mut startup).ok()?;
    client.write_all(greeting).ok()?;
    loop {
        let mut message = message(&mut client)?;
        let mut server = server.lock().unwrap();
        loop {
            if message[0] == b'X' {
                return None;
            }
            server.write_all(&message).ok()?;
            let (answer, state) = until_ready(&mut server);
            client.write_all(&answer).ok()?;
            if state == b'I' {
                break;
            }
            message = self::message(&mut client)?;
        }
    }
}

fn message(from: &mut impl Read) -> Option<Vec<u8>> {
    let mut head = [0; 5];
    from.read_exact(&mut head).ok()?;
    let length = u32::from_be_bytes(head[1..].try_into().unwrap()) as usize;
    let mut message = head.to_vec();
    message.resize(length + 1, 0);
    from.read_exact(&mut message[5..]).ok()?;
    Some(message)
}

/// Reads up to the message that says what state the session is in.
fn until_ready(server: &mut UnixStream) -> (Vec<u8>, u8) {
    let mut all = Vec::new();
    loop {
        let message = message(server).expect("the server answers");
        all.extend(&message);
        if message[0] == b'Z' {
            return (all, message[5]);
        }
    }
}
