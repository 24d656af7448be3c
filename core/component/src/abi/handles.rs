//! The handle tables of a store: own and borrow handles, lend counts, borrow scopes.
//!
//! Every component instance has one table (Canonical ABI, "Table State" and "Resource State"), and the host has one
//! for what it holds as [`ResourceAny`](crate::abi::resource::ResourceAny). All are kept here together with the identities
//! of resource types and the call scopes of the task that runs, so that moving a handle from one table to another is one call.
//!
//! A *scope* is one call across a component boundary. Owners that lent a handle to the call are remembered in it and
//! get it back when it ends; borrows that the call received are counted in it and must be gone by then.
//!
//! # Invariants
//! - Index 0 is never handed out; freed indices are reused last in, first out, as the specification's table does.
//! - `live` counts the entries of all tables and the lenders of all scopes, and never exceeds `limit`.
//! - A lender's entry cannot be removed while it is lent, so a scope's lenders are always there to be given back.

use crate::abi::resource::ty::ResourceType;
use alloc::vec::Vec;
use coracle_error::Trap;
use coracle_error::fallible::TryVec;
use coracle_error::shared::Arc;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::arena::PrimaryMap;
use coracle_image::keyed::KeyMap;
use coracle_image::limits;
use coracle_vm::store::budget::{Budget, grown};

coracle_image::entity! {
    /// A resource type of a store: its identity at run time.
    ResourceId = "resourcetype";
    /// The handle table of one component instance of a store.
    HandleTableId = "handles";
}

/// A resource type of a store.
#[derive(Clone, Copy, Debug)]
pub struct ResourceDef {
    /// Its identity as the host sees it.
    pub ty: ResourceType,
    /// The table of the component instance that defined it; `None` for the host.
    pub owner: Option<HandleTableId>,
}

/// A handle in the host's own table of one store. Used after it was removed, it finds nothing; with another store it is
/// refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HostHandle {
    pub(crate) store: u64,
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

#[derive(Clone, Copy, Debug)]
enum Slot {
    Free { next: u32 },
    Own { ty: ResourceId, rep: u32, lends: u32 },
    Borrow { ty: ResourceId, rep: u32, scope: u32 },
}

/// One table. `slots[i]` is index `i + 1`.
#[derive(Debug, Default)]
struct Table {
    slots: Vec<Slot>,
    /// Position of the first free slot, or the length.
    free: u32,
    /// A call of the instance was broken off: nobody may enter it again.
    poisoned: bool,
}

impl Table {
    /// What an index leads to, which may be free.
    #[inline]
    fn at(&mut self, index: u32) -> Option<&mut Slot> {
        position(index).and_then(|at| self.slots.get_mut(at))
    }
}

/// Which table a lender stands in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Guest(HandleTableId),
    Host,
}

/// A call across a component boundary.
#[derive(Clone, Copy, Debug)]
struct Scope {
    first_lender: usize,
    /// The instance that the host entered with this call.
    entered: Option<HandleTableId>,
    /// Where its borrows are counted, among those of all tasks, once it has received one.
    count: Option<u32>,
}

/// The calls of one task that have begun and not ended, innermost last, and what was lent to them.
#[derive(Debug, Default)]
pub struct Scopes {
    calls: Vec<Scope>,
    lenders: Vec<(Place, u32)>,
}

/// All handle tables of one store.
#[derive(Debug)]
pub struct Handles {
    store: u64,
    defs: PrimaryMap<ResourceId, ResourceDef>,
    host_ids: KeyMap<ResourceType, ResourceId>,
    tables: PrimaryMap<HandleTableId, Table>,
    /// Tables that nobody uses.
    spare: Vec<HandleTableId>,
    host: Table,
    /// Generation of each slot of the host's table.
    generations: Vec<u32>,
    /// Those of the task that runs.
    scopes: Scopes,
    /// How many borrows each scope of any task has received: a borrow may be dropped while another task runs.
    borrows: Vec<u32>,
    /// Places in `borrows` that no scope has.
    free_counts: Vec<u32>,
    live: usize,
    limit: usize,
    /// Where the bytes of tables are counted.
    budget: Arc<Budget>,
}

/// How many scopes there were, to go back to after a trap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScopeMark(usize);

impl Handles {
    /// Bytes that a table takes, but for its handles.
    pub(crate) const TABLE_BYTES: usize = size_of::<Table>();
    /// Bytes that a resource type takes.
    pub(crate) const RESOURCE_BYTES: usize = size_of::<ResourceDef>();

    /// Empty tables of the store with this identity.
    pub fn new(store: u64, budget: Arc<Budget>) -> Self {
        Self {
            store,
            defs: PrimaryMap::new(),
            host_ids: KeyMap::new(),
            tables: PrimaryMap::new(),
            spare: Vec::new(),
            host: Table::default(),
            generations: Vec::new(),
            scopes: Scopes::default(),
            borrows: Vec::new(),
            free_counts: Vec::new(),
            live: 0,
            limit: limits::DEFAULT_STORE_HANDLES,
            budget,
        }
    }

    /// The identity of the store.
    pub fn store(&self) -> u64 {
        self.store
    }

    /// Sets how many handles all tables together may hold. What is over the limit already stays.
    pub fn set_limit(&mut self, handles: usize) {
        self.limit = handles;
    }

    /// Adds the table of a new component instance.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn add_table(&mut self) -> Result<HandleTableId> {
        self.tables.try_push(Table::default())
    }

    /// Gives a table back that served one call of the host's. What is left in it is gone.
    pub fn give_table_back(&mut self, table: HandleTableId) {
        let slots = core::mem::take(&mut self.tables[table]).slots;
        self.budget.give_back(slots.capacity() * size_of::<Slot>());
        self.live -= slots.iter().filter(|slot| !matches!(slot, Slot::Free { .. })).count();
        self.spare.push(table);
    }

    /// A table for one call of the host's.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn take_table(&mut self) -> Result<HandleTableId> {
        self.spare.pop().map_or_else(|| self.add_table(), Ok)
    }

    /// Adds a fresh resource type that the instance with this table defines.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn define(&mut self, owner: HandleTableId) -> Result<ResourceId> {
        let ty = ResourceType::guest(self.store, self.defs.next_key().as_u32());
        self.defs.try_push(ResourceDef { ty, owner: Some(owner) })
    }

    /// The id of a resource type that the host defines, new or old.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn host_type(&mut self, ty: ResourceType) -> Result<ResourceId> {
        if let Some(known) = self.host_ids.get(&ty) {
            return Ok(*known);
        }
        self.host_ids.try_reserve(1).map_err(|_| Error::out_of_memory())?;
        let id = self.defs.try_push(ResourceDef { ty, owner: None })?;
        self.host_ids.insert(ty, id);
        Ok(id)
    }

    /// What is known about a resource type.
    pub fn def(&self, id: ResourceId) -> &ResourceDef {
        &self.defs[id]
    }

    /// `canon resource.new`: a new own handle.
    ///
    /// # Errors
    /// `Trap::HandleLimit`.
    pub fn resource_new(&mut self, table: HandleTableId, ty: ResourceId, rep: u32) -> Result<u32> {
        self.insert(Place::Guest(table), Slot::Own { ty, rep, lends: 0 })
    }

    /// `canon resource.rep`: the representation behind a handle.
    ///
    /// # Errors
    /// `Trap::UnknownHandle`, `Trap::HandleTypeMismatch`.
    pub fn resource_rep(&self, table: HandleTableId, ty: ResourceId, index: u32) -> Result<u32> {
        match position(index).and_then(|at| self.tables[table].slots.get(at)) {
            Some(&(Slot::Own { ty: found, rep, .. } | Slot::Borrow { ty: found, rep, .. })) if found == ty => Ok(rep),
            _ => Err(self.no_such(Place::Guest(table), ty, index)),
        }
    }

    /// `canon resource.drop`: removes a handle. An own handle gives the representation that is now to be destroyed.
    ///
    /// # Errors
    /// `Trap::UnknownHandle`, `Trap::HandleTypeMismatch`, `Trap::HandleLent`.
    pub fn resource_drop(&mut self, table: HandleTableId, ty: ResourceId, index: u32) -> Result<Option<u32>> {
        self.drop_entry(Place::Guest(table), ty, index)
    }

    /// `lower_own`: gives a resource to a guest.
    ///
    /// # Errors
    /// `Trap::HandleLimit`.
    pub fn lower_own(&mut self, table: HandleTableId, ty: ResourceId, rep: u32) -> Result<u32> {
        self.resource_new(table, ty, rep)
    }

    /// `lower_borrow`: lends a resource to a guest for the current scope. The guest that defined the type gets the
    /// representation itself.
    ///
    /// # Errors
    /// `Trap::HandleLimit`.
    pub fn lower_borrow(&mut self, table: HandleTableId, ty: ResourceId, rep: u32) -> Result<u32> {
        if self.defs[ty].owner == Some(table) {
            return Ok(rep);
        }
        self.insert_borrow(Place::Guest(table), ty, rep)
    }

    /// `lift_own`: takes a resource away from a guest.
    ///
    /// # Errors
    /// `Trap::UnknownHandle`, `Trap::HandleTypeMismatch`, `Trap::HandleLent`, `Trap::NotOwned`.
    pub fn lift_own(&mut self, table: HandleTableId, ty: ResourceId, index: u32) -> Result<u32> {
        self.take_own(Place::Guest(table), ty, index)
    }

    /// `lift_borrow`: borrows a resource from a guest for the current scope.
    ///
    /// # Errors
    /// `Trap::UnknownHandle`, `Trap::HandleTypeMismatch`, `Trap::HandleLimit`.
    pub fn lift_borrow(&mut self, table: HandleTableId, ty: ResourceId, index: u32) -> Result<u32> {
        self.lend(Place::Guest(table), ty, index)
    }

    /// Moves an own handle from one guest to another (fused adapters).
    ///
    /// # Errors
    /// As [`lift_own`](Self::lift_own) and [`lower_own`](Self::lower_own).
    pub fn transfer_own(
        &mut self,
        from: (HandleTableId, ResourceId),
        to: (HandleTableId, ResourceId),
        index: u32,
    ) -> Result<u32> {
        self.room(Place::Guest(to.0))?;
        let rep = self.lift_own(from.0, from.1, index)?;
        self.lower_own(to.0, to.1, rep)
    }

    /// Lends a handle of one guest to another for the current scope (fused adapters).
    ///
    /// # Errors
    /// As [`lift_borrow`](Self::lift_borrow) and [`lower_borrow`](Self::lower_borrow).
    pub fn transfer_borrow(
        &mut self,
        from: (HandleTableId, ResourceId),
        to: (HandleTableId, ResourceId),
        index: u32,
    ) -> Result<u32> {
        let rep = self.lift_borrow(from.0, from.1, index)?;
        self.lower_borrow(to.0, to.1, rep)
    }

    /// Puts a resource that the host owns into the host's table.
    ///
    /// # Errors
    /// `Trap::HandleLimit`.
    pub fn host_lower_own(&mut self, ty: ResourceId, rep: u32) -> Result<HostHandle> {
        let index = self.insert(Place::Host, Slot::Own { ty, rep, lends: 0 })?;
        Ok(self.host_handle(index))
    }

    /// Puts a resource that is lent to the host for the current scope into the host's table.
    ///
    /// # Errors
    /// `Trap::HandleLimit`.
    pub fn host_lower_borrow(&mut self, ty: ResourceId, rep: u32) -> Result<HostHandle> {
        let index = self.insert_borrow(Place::Host, ty, rep)?;
        Ok(self.host_handle(index))
    }

    /// Takes a resource of a type out of the host's table.
    ///
    /// # Errors
    /// When the handle is of another store or of another type, is gone, is a borrow, or is lent.
    pub fn host_lift_own(&mut self, handle: HostHandle, want: ResourceType) -> Result<u32> {
        let (index, ty) = self.host_index(handle, want)?;
        self.take_own(Place::Host, ty, index)
    }

    /// Lends a resource of a type of the host's table for the current scope.
    ///
    /// # Errors
    /// When the handle is of another store or of another type, or is gone; `Trap::HandleLimit`.
    pub fn host_lift_borrow(&mut self, handle: HostHandle, want: ResourceType) -> Result<u32> {
        let (index, ty) = self.host_index(handle, want)?;
        self.lend(Place::Host, ty, index)
    }

    /// The representation behind a handle of the host's table.
    ///
    /// # Errors
    /// When the handle is of another store or of another type, or is gone.
    pub fn host_rep(&self, handle: HostHandle, want: ResourceType) -> Result<u32> {
        let (index, _) = self.host_index(handle, want)?;
        match self.host.slots[index as usize - 1] {
            Slot::Own { rep, .. } | Slot::Borrow { rep, .. } => Ok(rep),
            Slot::Free { .. } => Err(unknown(index)),
        }
    }

    /// Removes a handle from the host's table. An own handle gives type and representation of what is now to be
    /// destroyed.
    ///
    /// # Errors
    /// When the handle is of another store or of another type, is gone, or is lent.
    pub fn host_drop(&mut self, handle: HostHandle, want: ResourceType) -> Result<Option<(ResourceId, u32)>> {
        let (index, ty) = self.host_index(handle, want)?;
        Ok(self.drop_entry(Place::Host, ty, index)?.map(|rep| (ty, rep)))
    }

    /// Sees to it that the scope of one more call can be begun.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline(always)]
    pub fn room_for_call(&mut self) -> Result<()> {
        let calls = &mut self.scopes.calls;
        if calls.len() < calls.capacity() { Ok(()) } else { calls.make_room(1) }
    }

    /// Begins the scope of a call. `entered` is the instance that the host calls; none where a guest calls, whose
    /// adapter notes by itself what it enters.
    #[inline]
    pub fn enter_call(&mut self, entered: Option<HandleTableId>) {
        self.scopes.calls.push(Scope { first_lender: self.scopes.lenders.len(), entered, count: None });
    }

    /// Whether a call of this instance was broken off.
    #[inline]
    pub fn is_poisoned(&self, instance: HandleTableId) -> bool {
        self.tables[instance].poisoned
    }

    /// A call of this instance was broken off.
    pub fn poison(&mut self, instance: HandleTableId) {
        self.tables[instance].poisoned = true;
    }

    /// Ends the scope of a call that returned: lenders get back what they lent.
    ///
    /// # Errors
    /// `Trap::BorrowsRemain` when a borrow that the call received is still in a table; the scope is not over then.
    #[inline]
    pub fn exit_call(&mut self) -> Result<()> {
        let Some(&scope) = self.scopes.calls.last() else {
            return Err(coracle_error::bug!("a call scope ended that never began"));
        };
        if let Some(count) = scope.count {
            if self.borrows[count as usize] != 0 {
                return Err(Error::new(Trap::BorrowsRemain));
            }
            self.free_counts.push(count);
        }
        self.scopes.calls.pop();
        if self.scopes.lenders.len() > scope.first_lender {
            self.give_back(scope.first_lender);
        }
        Ok(())
    }

    /// How many scopes there are now.
    #[inline]
    pub fn mark(&self) -> ScopeMark {
        ScopeMark(self.scopes.calls.len())
    }

    /// Ends all scopes that began after `mark`: their calls were broken off. Where that does harm, the instances that
    /// they entered are poisoned.
    pub fn unwind(&mut self, mark: ScopeMark, harmful: bool) {
        let Some(&Scope { first_lender, .. }) = self.scopes.calls.get(mark.0) else { return };
        for scope in self.scopes.calls.drain(mark.0..) {
            self.free_counts.extend(scope.count);
            if let Some(entered) = scope.entered.filter(|_| harmful) {
                self.tables[entered].poisoned = true;
            }
        }
        self.give_back(first_lender);
    }

    /// Exchanges the scopes of the task that runs with those of another.
    pub fn exchange_scopes(&mut self, other: &mut Scopes) {
        core::mem::swap(&mut self.scopes, other);
    }

    fn give_back(&mut self, first_lender: usize) {
        while self.scopes.lenders.len() > first_lender {
            let Some((place, index)) = self.scopes.lenders.pop() else { break };
            if let Some(Slot::Own { lends, .. }) = self.table_mut(place).at(index) {
                *lends -= 1;
                self.live -= 1;
            }
        }
    }

    #[inline]
    fn table(&self, place: Place) -> &Table {
        match place {
            Place::Guest(id) => &self.tables[id],
            Place::Host => &self.host,
        }
    }

    #[inline]
    fn table_mut(&mut self, place: Place) -> &mut Table {
        match place {
            Place::Guest(id) => &mut self.tables[id],
            Place::Host => &mut self.host,
        }
    }

    /// Why an index does not lead to an entry of the type.
    #[cold]
    fn no_such(&self, place: Place, want: ResourceId, index: u32) -> Error {
        let slot = position(index).and_then(|at| self.table(place).slots.get(at));
        let Some(&(Slot::Own { ty: found, .. } | Slot::Borrow { ty: found, .. })) = slot else { return unknown(index) };
        let (want, found) = (self.defs[want].ty.desc(), self.defs[found].ty.desc());
        let different = if want == found { "different " } else { "" };
        Error::new(Trap::HandleTypeMismatch).told(coracle_error::wording!(
            "handle index {index} used with the wrong type, expected {want} but found a {different}{found}"
        ))
    }

    fn insert(&mut self, place: Place, slot: Slot) -> Result<u32> {
        if self.live >= self.limit {
            return Err(Error::new(Trap::HandleLimit));
        }
        let table = self.table_mut(place);
        let at = table.free;
        match table.slots.get_mut(at as usize) {
            Some(free) => {
                if let Slot::Free { next } = *free {
                    table.free = next;
                }
                *free = slot;
            }
            None => self.push(place, slot)?,
        }
        self.live += 1;
        Ok(at + 1)
    }

    /// Puts an entry behind all others of its table, none of which is free.
    fn push(&mut self, place: Place, slot: Slot) -> Result<()> {
        self.room(place)?;
        let table = self.table_mut(place);
        table.slots.push(slot);
        table.free += 1;
        Ok(())
    }

    /// Sees to it that a table has room: before what is to be put there is taken out of another, where it would be gone.
    #[inline]
    pub(crate) fn room(&mut self, place: Place) -> Result<()> {
        match self.table(place).free {
            limits::MAX_HANDLES.. => Err(Error::new(Trap::HandleLimit)),
            at if at as usize == self.table(place).slots.capacity() => self.grow(place),
            _ => Ok(()),
        }
    }

    /// Makes room in a table that is full.
    #[cold]
    fn grow(&mut self, place: Place) -> Result<()> {
        let len = self.table(place).slots.len();
        let more = grown(len) - len;
        let taken = self.budget.take(more * size_of::<Slot>());
        taken.map_err(|error| Error::new(Trap::HandleLimit).context(error))?;
        self.table_mut(place).slots.reserve_exact(more);
        Ok(())
    }

    fn insert_borrow(&mut self, place: Place, ty: ResourceId, rep: u32) -> Result<u32> {
        let Some(call) = self.scopes.calls.last_mut() else {
            return Err(coracle_error::bug!("a borrow was lowered outside of any call"));
        };
        let scope = *call.count.get_or_insert_with(|| {
            let count = self.free_counts.pop().unwrap_or(self.borrows.len() as u32);
            if count as usize == self.borrows.len() {
                self.borrows.push(0);
            }
            self.borrows[count as usize] = 0;
            count
        });
        let index = self.insert(place, Slot::Borrow { ty, rep, scope })?;
        self.borrows[scope as usize] += 1;
        Ok(index)
    }

    fn free(&mut self, place: Place, index: u32) {
        if let Place::Host = place {
            let generation = &mut self.generations[index as usize - 1];
            *generation = next_generation(*generation);
        }
        let table = self.table_mut(place);
        table.slots[index as usize - 1] = Slot::Free { next: table.free };
        table.free = index - 1;
        self.live -= 1;
    }

    fn take_own(&mut self, place: Place, ty: ResourceId, index: u32) -> Result<u32> {
        match self.table_mut(place).at(index) {
            Some(&mut Slot::Own { ty: found, lends: 0, rep }) if found == ty => {
                self.free(place, index);
                Ok(rep)
            }
            Some(&mut Slot::Own { ty: found, .. }) if found == ty => Err(Error::new(Trap::HandleLent)),
            Some(&mut Slot::Borrow { ty: found, .. }) if found == ty => Err(Error::new(Trap::NotOwned)),
            _ => Err(self.no_such(place, ty, index)),
        }
    }

    fn drop_entry(&mut self, place: Place, ty: ResourceId, index: u32) -> Result<Option<u32>> {
        match self.table_mut(place).at(index) {
            Some(&mut Slot::Own { ty: found, lends: 0, rep }) if found == ty => {
                self.free(place, index);
                Ok(Some(rep))
            }
            Some(&mut Slot::Own { ty: found, .. }) if found == ty => Err(Error::new(Trap::HandleLent)),
            Some(&mut Slot::Borrow { ty: found, scope, .. }) if found == ty => {
                self.free(place, index);
                let count = &mut self.borrows[scope as usize];
                *count = count.saturating_sub(1);
                Ok(None)
            }
            _ => Err(self.no_such(place, ty, index)),
        }
    }

    /// Lends an entry for the current scope. A borrow that is lent on needs no count: its own scope is an outer one.
    fn lend(&mut self, place: Place, ty: ResourceId, index: u32) -> Result<u32> {
        let (full, outside) = (self.live >= self.limit, self.scopes.calls.is_empty());
        match self.table_mut(place).at(index) {
            Some(&mut Slot::Own { ty: found, .. }) if found == ty && full => Err(Error::new(Trap::HandleLimit)),
            Some(&mut Slot::Own { ty: found, .. }) if found == ty && outside => {
                Err(coracle_error::bug!("a handle was lent outside of any call"))
            }
            Some(&mut Slot::Own { ty: found, rep, ref mut lends }) if found == ty => {
                *lends = lends.checked_add(1).ok_or_else(|| Error::new(Trap::HandleLimit))?;
                self.live += 1;
                self.scopes.lenders.push((place, index));
                Ok(rep)
            }
            Some(&mut Slot::Borrow { ty: found, rep, .. }) if found == ty => Ok(rep),
            _ => Err(self.no_such(place, ty, index)),
        }
    }

    fn host_handle(&mut self, index: u32) -> HostHandle {
        let at = index as usize - 1;
        if self.generations.len() <= at {
            self.generations.resize(at + 1, 0);
        }
        HostHandle { store: self.store, index, generation: self.generations[at] }
    }

    /// The entry of a handle, if it is of this store, is there, and is of the type: in this order, since in another store
    /// the number may well be taken, by something of any type.
    fn host_index(&self, handle: HostHandle, want: ResourceType) -> Result<(u32, ResourceId)> {
        if handle.store != self.store {
            return Err(Error::fault(ErrorKind::Type, "host-owned resource is being used with the wrong store"));
        }
        let generation = position(handle.index).and_then(|at| self.generations.get(at));
        if generation != Some(&handle.generation) {
            return Err(Error::msg("host-owned resource was already de-allocated"));
        }
        match self.host.slots[handle.index as usize - 1] {
            Slot::Own { ty, .. } | Slot::Borrow { ty, .. } if self.defs[ty].ty != want => {
                Err(Error::fault(ErrorKind::Type, "mismatched resource types"))
            }
            Slot::Own { ty, .. } | Slot::Borrow { ty, .. } => Ok((handle.index, ty)),
            Slot::Free { .. } => Err(unknown(handle.index)),
        }
    }
}

/// Generations stay below the values with which [`Resource`](crate::abi::resource::Resource) marks its other states.
fn next_generation(generation: u32) -> u32 {
    if generation >= u32::MAX - 8 { 0 } else { generation + 1 }
}

#[inline]
fn position(index: u32) -> Option<usize> {
    index.checked_sub(1).map(|at| at as usize)
}

#[cold]
fn unknown(index: u32) -> Error {
    Error::new(Trap::UnknownHandle).told(coracle_error::wording!("unknown handle index {index}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handles(store: u64) -> Handles {
        Handles::new(store, Arc::new(Budget::new()))
    }

    fn trap(error: Error) -> Trap {
        *error.downcast_ref::<Trap>().unwrap()
    }

    #[test]
    fn indices_start_at_one_and_are_reused_last_in_first_out() {
        let mut handles = handles(0);
        let table = handles.add_table().unwrap();
        let ty = handles.define(table).unwrap();
        let made: Vec<_> = (0..3).map(|rep| handles.resource_new(table, ty, rep).unwrap()).collect();
        assert_eq!(made, [1, 2, 3]);
        assert_eq!(handles.resource_drop(table, ty, 1).unwrap(), Some(0));
        assert_eq!(handles.resource_drop(table, ty, 3).unwrap(), Some(2));
        assert_eq!(handles.resource_new(table, ty, 7).unwrap(), 3);
        assert_eq!(handles.resource_new(table, ty, 8).unwrap(), 1);
        assert_eq!(handles.resource_new(table, ty, 9).unwrap(), 4);
        assert_eq!(handles.resource_rep(table, ty, 3).unwrap(), 7);
    }

    #[test]
    fn unknown_and_mistyped_handles_trap() {
        let mut handles = handles(0);
        let (table, other) = (handles.add_table().unwrap(), handles.add_table().unwrap());
        let (a, b) = (handles.define(table).unwrap(), handles.define(other).unwrap());
        let host = handles.host_type(ResourceType::host::<u8>()).unwrap();
        let index = handles.resource_new(table, a, 5).unwrap();
        for bad in [0, 2, u32::MAX] {
            assert_eq!(trap(handles.resource_rep(table, a, bad).unwrap_err()), Trap::UnknownHandle);
        }
        let error = handles.lift_own(table, b, index).unwrap_err();
        assert_eq!(
            alloc::format!("{error}"),
            "handle index 1 used with the wrong type, expected guest-defined resource but found a different \
             guest-defined resource"
        );
        assert_eq!(trap(error), Trap::HandleTypeMismatch);
        let error = handles.resource_drop(table, host, index).unwrap_err();
        assert!(
            alloc::format!("{error}").ends_with("expected host-defined resource but found a guest-defined resource")
        );
        assert_eq!(trap(handles.resource_rep(other, a, index).unwrap_err()), Trap::UnknownHandle);
    }

    #[test]
    fn what_is_lent_stays_until_the_call_ends() {
        let mut handles = handles(0);
        let (lender, borrower) = (handles.add_table().unwrap(), handles.add_table().unwrap());
        let ty = handles.define(lender).unwrap();
        let index = handles.resource_new(lender, ty, 5).unwrap();
        handles.enter_call(None);
        let borrow = handles.transfer_borrow((lender, ty), (borrower, ty), index).unwrap();
        assert_eq!(trap(handles.resource_drop(lender, ty, index).unwrap_err()), Trap::HandleLent);
        assert_eq!(trap(handles.lift_own(lender, ty, index).unwrap_err()), Trap::HandleLent);
        assert_eq!(trap(handles.lift_own(borrower, ty, borrow).unwrap_err()), Trap::NotOwned);
        assert_eq!(handles.resource_drop(borrower, ty, borrow).unwrap(), None);
        handles.exit_call().unwrap();
        assert_eq!(handles.resource_drop(lender, ty, index).unwrap(), Some(5));
        assert_eq!(handles.live, 0);
    }

    #[test]
    fn a_borrow_that_outlives_its_call_traps() {
        let mut handles = handles(0);
        let (lender, borrower) = (handles.add_table().unwrap(), handles.add_table().unwrap());
        let ty = handles.define(lender).unwrap();
        handles.enter_call(None);
        handles.lower_borrow(borrower, ty, 5).unwrap();
        assert_eq!(trap(handles.exit_call().unwrap_err()), Trap::BorrowsRemain);
    }

    #[test]
    fn the_definer_gets_the_representation() {
        let mut handles = handles(0);
        let definer = handles.add_table().unwrap();
        let ty = handles.define(definer).unwrap();
        handles.enter_call(None);
        assert_eq!(handles.lower_borrow(definer, ty, 77).unwrap(), 77);
        handles.exit_call().unwrap();
    }

    #[test]
    fn a_trap_ends_all_scopes_above_its_mark() {
        let mut handles = handles(0);
        let table = handles.add_table().unwrap();
        let ty = handles.define(table).unwrap();
        let index = handles.resource_new(table, ty, 1).unwrap();
        handles.enter_call(None);
        let mark = handles.mark();
        for _ in 0..3 {
            handles.enter_call(None);
            handles.lift_borrow(table, ty, index).unwrap();
        }
        handles.unwind(mark, false);
        handles.exit_call().unwrap();
        assert_eq!(handles.resource_drop(table, ty, index).unwrap(), Some(1));
    }

    #[test]
    fn the_limit_holds_for_handles_and_lends() {
        let mut handles = handles(0);
        let table = handles.add_table().unwrap();
        let ty = handles.define(table).unwrap();
        handles.set_limit(2);
        let index = handles.resource_new(table, ty, 1).unwrap();
        handles.enter_call(None);
        handles.lift_borrow(table, ty, index).unwrap();
        assert_eq!(trap(handles.lift_borrow(table, ty, index).unwrap_err()), Trap::HandleLimit);
        assert_eq!(trap(handles.resource_new(table, ty, 2).unwrap_err()), Trap::HandleLimit);
    }

    #[test]
    fn a_host_handle_is_good_once() {
        let mut handles = handles(0);
        let ty = handles.host_type(ResourceType::host_dynamic(3)).unwrap();
        assert_eq!(handles.host_type(ResourceType::host_dynamic(3)).unwrap(), ty);
        let first = handles.host_lower_own(ty, 9).unwrap();
        let three = ResourceType::host_dynamic(3);
        assert_eq!(handles.host_drop(first, three).unwrap(), Some((ty, 9)));
        let second = handles.host_lower_own(ty, 10).unwrap();
        assert!(handles.host_lift_own(first, three).is_err());
        assert_eq!(handles.host_lift_own(second, three).unwrap(), 10);
    }

    #[test]
    fn a_host_handle_is_of_its_store_and_type() {
        let (mut one, mut two) = (handles(1), handles(2));
        let [three, four] = [3, 4].map(ResourceType::host_dynamic);
        let handle = [&mut one, &mut two].map(|handles| {
            let ty = handles.host_type(three).unwrap();
            handles.host_lower_own(ty, 9).unwrap()
        })[0];
        one.enter_call(None);
        two.enter_call(None);
        for (handles, want, text) in [
            (&mut two, three, "host-owned resource is being used with the wrong store"),
            (&mut one, four, "mismatched resource types"),
        ] {
            let errors = [
                handles.host_rep(handle, want).unwrap_err(),
                handles.host_lift_borrow(handle, want).unwrap_err(),
                handles.host_lift_own(handle, want).unwrap_err(),
                handles.host_drop(handle, want).unwrap_err(),
            ];
            errors.iter().for_each(|error| assert_eq!(alloc::format!("{error}"), text));
        }
        assert_eq!(one.host_lift_own(handle, three).unwrap(), 9);
    }
}
