//! `wasi:io/poll`: things that become ready, and waiting for several at once.

use crate::executor::{block_on, is_ready};
use crate::p2::bindings::io::poll;
use async_trait::async_trait;
use coracle::component::{Resource, ResourceTable};
use coracle::{Error, Result};
use std::any::Any;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// A future that tells when something is ready.
pub type DynFuture<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Makes the future from an entry of the resource table.
pub type MakeFuture = for<'a> fn(&'a mut dyn Any) -> DynFuture<'a>;

/// Something a guest can wait for.
///
/// The future may be dropped and asked for again at any time, and may resolve early now and then. On
/// the synchronous linker it is polled by a plain thread: it has to be woken by another thread, not
/// by an asynchronous runtime of the calling one.
#[async_trait]
pub trait Pollable: Send + 'static {
    /// Resolves when the thing is ready.
    async fn ready(&mut self);
}

/// The host's side of a `pollable`: which entry of the table it watches, and how.
pub struct DynPollable {
    index: u32,
    make_future: MakeFuture,
    remove_index_on_delete: Option<fn(&mut ResourceTable, u32) -> Result<()>>,
}

/// Makes a `pollable` that watches `resource`.
///
/// A borrowed resource cannot be deleted while the pollable lives; an owned one is deleted with it.
///
/// # Errors
///
/// When the table is full or does not hold `resource`.
pub fn subscribe<T: Pollable>(table: &mut ResourceTable, resource: Resource<T>) -> Result<Resource<DynPollable>> {
    let pollable = DynPollable {
        index: resource.rep(),
        make_future: |entry| match entry.downcast_mut::<T>() {
            Some(watched) => watched.ready(),
            // An entry keeps its type while a child watches it; an entry that lost it counts as
            // ready, and the guest's next call on it reports what is wrong.
            None => Box::pin(async {}),
        },
        remove_index_on_delete: resource.owned().then_some(|table, index| {
            table.delete(Resource::<T>::new_own(index))?;
            Ok(())
        }),
    };
    Ok(table.push_child(pollable, &resource)?)
}

impl poll::Host for ResourceTable {
    fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> Result<Vec<u32>> {
        if pollables.is_empty() {
            return Err(Error::msg("empty poll list"));
        }
        // Several pollables may watch one entry, which can be borrowed only once.
        let mut watched: BTreeMap<u32, (MakeFuture, Vec<u32>)> = BTreeMap::new();
        for (position, pollable) in pollables.iter().enumerate() {
            let pollable = self.get(pollable)?;
            let (_, positions) = watched.entry(pollable.index).or_insert((pollable.make_future, Vec::new()));
            positions.push(u32::try_from(position)?);
        }
        let mut futures = Vec::with_capacity(watched.len());
        for (entry, (make_future, positions)) in self.iter_entries(watched) {
            futures.push((make_future(entry?), positions));
        }
        let mut ready = block_on(poll_fn(|cx| {
            let mut ready = Vec::new();
            for (future, positions) in &mut futures {
                if future.as_mut().poll(cx).is_ready() {
                    ready.extend_from_slice(positions);
                }
            }
            if ready.is_empty() { Poll::Pending } else { Poll::Ready(ready) }
        }));
        ready.sort_unstable();
        Ok(ready)
    }
}

impl poll::HostPollable for ResourceTable {
    fn ready(&mut self, pollable: Resource<DynPollable>) -> Result<bool> {
        let &DynPollable { index, make_future, .. } = self.get(&pollable)?;
        Ok(is_ready(make_future(self.get_any_mut(index)?)))
    }

    fn block(&mut self, pollable: Resource<DynPollable>) -> Result<()> {
        let &DynPollable { index, make_future, .. } = self.get(&pollable)?;
        block_on(make_future(self.get_any_mut(index)?));
        Ok(())
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> Result<()> {
        let pollable = self.delete(pollable)?;
        match pollable.remove_index_on_delete {
            Some(remove) => remove(self, pollable.index),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::poll::{Host, HostPollable};
    use super::*;
    use crate::executor::SleepUntil;
    use std::time::{Duration, Instant};

    struct Timer(Instant);

    #[async_trait]
    impl Pollable for Timer {
        async fn ready(&mut self) {
            SleepUntil(self.0).await;
        }
    }

    fn timer(table: &mut ResourceTable, ms: u64) -> Resource<DynPollable> {
        let at = Instant::now() + Duration::from_millis(ms);
        let timer = table.push(Timer(at)).unwrap();
        subscribe(table, timer).unwrap()
    }

    fn same(pollable: &Resource<DynPollable>) -> Resource<DynPollable> {
        Resource::new_borrow(pollable.rep())
    }

    #[test]
    fn poll_returns_the_first_that_is_ready() {
        let mut table = ResourceTable::new();
        let (late, soon) = (timer(&mut table, 60_000), timer(&mut table, 10));
        assert!(!table.ready(same(&soon)).unwrap());
        let list = vec![same(&late), same(&soon), same(&late), same(&soon)];
        assert_eq!(table.poll(list).unwrap(), [1, 3]);
        assert!(table.ready(same(&soon)).unwrap());
        assert!(!table.ready(same(&late)).unwrap());
        table.block(same(&soon)).unwrap();
    }

    #[test]
    fn an_empty_list_is_an_error() {
        assert!(ResourceTable::new().poll(Vec::new()).is_err());
    }

    #[test]
    fn what_a_pollable_owns_goes_with_it() {
        let mut table = ResourceTable::new();
        let pollable = timer(&mut table, 0);
        assert!(!table.is_empty());
        HostPollable::drop(&mut table, pollable).unwrap();
        assert!(table.is_empty());
    }

    #[test]
    fn an_unknown_handle_is_an_error() {
        let mut table = ResourceTable::new();
        assert!(table.ready(Resource::new_borrow(3)).is_err());
        assert!(table.poll(vec![Resource::new_borrow(3)]).is_err());
    }
}
