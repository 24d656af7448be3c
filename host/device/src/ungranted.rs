//! `wasi:filesystem` and `wasi:sockets`, of which nothing is granted.
//!
//! Nothing hands out a directory or a socket, so methods of theirs cannot be reached by a guest that is validated; one
//! that is reached nevertheless traps.

use crate::Wasi;
use crate::bindings::wasi::filesystem::{preopens, types};
use crate::bindings::wasi::sockets::{
    instance_network, ip_name_lookup, network, tcp, tcp_create_socket, udp, udp_create_socket,
};
use alloc::string::String;
use alloc::vec::Vec;
use coracle::Result;
use coracle::component::Resource;
use coracle::error::bail;

#[cold]
fn nobody<T>() -> Result<T> {
    bail!("there is no such file or socket")
}

/// Methods of resources that nobody has.
macro_rules! nobody {
    ($($trait:path: $resource:ty { $($name:ident($($arg:ty),*) -> $result:ty;)* })*) => {
        $(impl $trait for Wasi<'_> {
            $(fn $name(&mut self, _: Resource<$resource>, $(_: $arg),*) -> Result<$result> {
                nobody()
            })*
            fn drop(&mut self, _: Resource<$resource>) -> Result<()> {
                nobody()
            }
        })*
    };
}

/// What files answer.
type Fs<T> = Result<T, types::ErrorCode>;

/// What sockets answer.
type Net<T> = Result<T, network::ErrorCode>;

impl preopens::Host for Wasi<'_> {
    fn get_directories(&mut self) -> Result<Vec<(Resource<types::Descriptor>, String)>> {
        Ok(Vec::new())
    }
}

impl types::Host for Wasi<'_> {
    fn filesystem_error_code(&mut self, _: Resource<types::Error>) -> Result<Option<types::ErrorCode>> {
        Ok(None)
    }
}

nobody! {
    types::HostDescriptor: types::Descriptor {
        read_via_stream(u64) -> Fs<Resource<types::InputStream>>;
        write_via_stream(u64) -> Fs<Resource<types::OutputStream>>;
        append_via_stream() -> Fs<Resource<types::OutputStream>>;
        advise(u64, u64, types::Advice) -> Fs<()>;
        sync_data() -> Fs<()>;
        get_flags() -> Fs<types::DescriptorFlags>;
        get_type() -> Fs<types::DescriptorType>;
        set_size(u64) -> Fs<()>;
        set_times(types::NewTimestamp, types::NewTimestamp) -> Fs<()>;
        read(u64, u64) -> Fs<(Vec<u8>, bool)>;
        write(Vec<u8>, u64) -> Fs<u64>;
        read_directory() -> Fs<Resource<types::DirectoryEntryStream>>;
        sync() -> Fs<()>;
        create_directory_at(String) -> Fs<()>;
        stat() -> Fs<types::DescriptorStat>;
        stat_at(types::PathFlags, String) -> Fs<types::DescriptorStat>;
        set_times_at(types::PathFlags, String, types::NewTimestamp, types::NewTimestamp) -> Fs<()>;
        link_at(types::PathFlags, String, Resource<types::Descriptor>, String) -> Fs<()>;
        open_at(types::PathFlags, String, types::OpenFlags, types::DescriptorFlags) -> Fs<Resource<types::Descriptor>>;
        readlink_at(String) -> Fs<String>;
        remove_directory_at(String) -> Fs<()>;
        rename_at(String, Resource<types::Descriptor>, String) -> Fs<()>;
        symlink_at(String, String) -> Fs<()>;
        unlink_file_at(String) -> Fs<()>;
        is_same_object(Resource<types::Descriptor>) -> bool;
        metadata_hash() -> Fs<types::MetadataHashValue>;
        metadata_hash_at(types::PathFlags, String) -> Fs<types::MetadataHashValue>;
    }
    types::HostDirectoryEntryStream: types::DirectoryEntryStream {
        read_directory_entry() -> Fs<Option<types::DirectoryEntry>>;
    }
}

impl network::Host for Wasi<'_> {
    fn network_error_code(&mut self, _: Resource<network::Error>) -> Result<Option<network::ErrorCode>> {
        Ok(None)
    }
}

// A network is handed out for the asking, and nothing can be done with it.
impl network::HostNetwork for Wasi<'_> {
    fn drop(&mut self, _: Resource<network::Network>) -> Result<()> {
        Ok(())
    }
}

impl instance_network::Host for Wasi<'_> {
    fn instance_network(&mut self) -> Result<Resource<network::Network>> {
        Ok(Resource::new_own(0))
    }
}

impl tcp_create_socket::Host for Wasi<'_> {
    fn create_tcp_socket(&mut self, _: network::IpAddressFamily) -> Result<Net<Resource<tcp::TcpSocket>>> {
        Ok(Err(network::ErrorCode::AccessDenied))
    }
}

impl udp_create_socket::Host for Wasi<'_> {
    fn create_udp_socket(&mut self, _: network::IpAddressFamily) -> Result<Net<Resource<udp::UdpSocket>>> {
        Ok(Err(network::ErrorCode::AccessDenied))
    }
}

impl ip_name_lookup::Host for Wasi<'_> {
    fn resolve_addresses(
        &mut self,
        _: Resource<network::Network>,
        _: String,
    ) -> Result<Net<Resource<ip_name_lookup::ResolveAddressStream>>> {
        Ok(Err(network::ErrorCode::PermanentResolverFailure))
    }
}

impl tcp::Host for Wasi<'_> {}
impl udp::Host for Wasi<'_> {}

nobody! {
    ip_name_lookup::HostResolveAddressStream: ip_name_lookup::ResolveAddressStream {
        resolve_next_address() -> Net<Option<network::IpAddress>>;
        subscribe() -> Resource<ip_name_lookup::Pollable>;
    }
    tcp::HostTcpSocket: tcp::TcpSocket {
        start_bind(Resource<tcp::Network>, tcp::IpSocketAddress) -> Net<()>;
        finish_bind() -> Net<()>;
        start_connect(Resource<tcp::Network>, tcp::IpSocketAddress) -> Net<()>;
        finish_connect() -> Net<(Resource<tcp::InputStream>, Resource<tcp::OutputStream>)>;
        start_listen() -> Net<()>;
        finish_listen() -> Net<()>;
        accept() -> Net<(Resource<tcp::TcpSocket>, Resource<tcp::InputStream>, Resource<tcp::OutputStream>)>;
        local_address() -> Net<tcp::IpSocketAddress>;
        remote_address() -> Net<tcp::IpSocketAddress>;
        is_listening() -> bool;
        address_family() -> tcp::IpAddressFamily;
        set_listen_backlog_size(u64) -> Net<()>;
        keep_alive_enabled() -> Net<bool>;
        set_keep_alive_enabled(bool) -> Net<()>;
        keep_alive_idle_time() -> Net<u64>;
        set_keep_alive_idle_time(u64) -> Net<()>;
        keep_alive_interval() -> Net<u64>;
        set_keep_alive_interval(u64) -> Net<()>;
        keep_alive_count() -> Net<u32>;
        set_keep_alive_count(u32) -> Net<()>;
        hop_limit() -> Net<u8>;
        set_hop_limit(u8) -> Net<()>;
        receive_buffer_size() -> Net<u64>;
        set_receive_buffer_size(u64) -> Net<()>;
        send_buffer_size() -> Net<u64>;
        set_send_buffer_size(u64) -> Net<()>;
        subscribe() -> Resource<tcp::Pollable>;
        shutdown(tcp::ShutdownType) -> Net<()>;
    }
    udp::HostUdpSocket: udp::UdpSocket {
        start_bind(Resource<udp::Network>, udp::IpSocketAddress) -> Net<()>;
        finish_bind() -> Net<()>;
        stream(Option<udp::IpSocketAddress>)
            -> Net<(Resource<udp::IncomingDatagramStream>, Resource<udp::OutgoingDatagramStream>)>;
        local_address() -> Net<udp::IpSocketAddress>;
        remote_address() -> Net<udp::IpSocketAddress>;
        address_family() -> udp::IpAddressFamily;
        unicast_hop_limit() -> Net<u8>;
        set_unicast_hop_limit(u8) -> Net<()>;
        receive_buffer_size() -> Net<u64>;
        set_receive_buffer_size(u64) -> Net<()>;
        send_buffer_size() -> Net<u64>;
        set_send_buffer_size(u64) -> Net<()>;
        subscribe() -> Resource<udp::Pollable>;
    }
    udp::HostIncomingDatagramStream: udp::IncomingDatagramStream {
        receive(u64) -> Net<Vec<udp::IncomingDatagram>>;
        subscribe() -> Resource<udp::Pollable>;
    }
    udp::HostOutgoingDatagramStream: udp::OutgoingDatagramStream {
        check_send() -> Net<u64>;
        send(Vec<udp::OutgoingDatagram>) -> Net<u64>;
        subscribe() -> Resource<udp::Pollable>;
    }
}
