//! Temporary.
use super::client::{Address, Answer, Connection, Query};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use underpin_base::Result;

#[derive(Debug, Clone, Default)]
pub(crate) struct ClientSettings {
    pub(crate) shared: usize,
    pub(crate) exclusive: usize,
    pub(crate) queue_timeout: Duration,
}
#[derive(Debug)]
pub(crate) struct Client {
    address: Address,
    idle: Arc<Mutex<Vec<Connection>>>,
}
#[derive(Debug)]
pub(crate) struct Pooled(Option<Connection>, Arc<Mutex<Vec<Connection>>>);
impl Deref for Pooled {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        self.0.as_ref().unwrap()
    }
}
impl DerefMut for Pooled {
    fn deref_mut(&mut self) -> &mut Connection {
        self.0.as_mut().unwrap()
    }
}
impl Drop for Pooled {
    fn drop(&mut self) {
        let c = self.0.take().unwrap();
        if c.transaction() == super::client::Transaction::None {
            self.1.lock().unwrap().push(c);
        }
    }
}
impl Client {
    pub(crate) fn new(address: Address, _s: ClientSettings) -> Self {
        Self {
            address,
            idle: Default::default(),
        }
    }
    pub(crate) async fn connection(&self) -> Result<Pooled> {
        let c = self.idle.lock().unwrap().pop();
        let c = match c {
            Some(c) => c,
            None => Connection::open(&self.address).await?,
        };
        Ok(Pooled(Some(c), self.idle.clone()))
    }
    pub(crate) async fn run(&self, q: Vec<Query>, _t: Duration) -> Result<Vec<Answer>> {
        self.connection().await?.batch(&q).await
    }
    pub(crate) fn is_reachable(&self) -> bool {
        true
    }
    pub(crate) fn close(&self) {}
}
