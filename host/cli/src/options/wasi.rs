//! `-S`: what a guest is granted beside directories and its environment.

use crate::options::{Group, Row, Take};

/// What the options of `-S` come to. What is not named is not granted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wasi {
    pub(crate) inherit_env: bool,
    pub(crate) inherit_network: Option<bool>,
    pub(crate) tcp: Option<bool>,
    pub(crate) udp: Option<bool>,
    pub(crate) ip_name_lookup: Option<bool>,
    /// Whether requests are sent.
    pub(crate) http: Option<bool>,
    pub(crate) config_vars: Vec<(String, String)>,
    pub(crate) keyvalue: Vec<(String, String)>,
    pub(crate) max_resources: Option<usize>,
    pub(crate) hostcall_fuel: Option<usize>,
    pub(crate) max_random_size: Option<u64>,
    pub(crate) max_http_fields_size: Option<usize>,
    pub(crate) body_chunks: Option<usize>,
    pub(crate) body_chunk_size: Option<usize>,
    /// Whether `network-error-code`, which is unstable, is linked.
    pub(crate) network_error_code: bool,
}

impl Group for Wasi {
    const NAMES: (char, &'static str) = ('S', "wasi");
    const ROWS: &'static [Row<Self>] = &[
        Row::new("inherit-env", "", "this process's environment", Take::Flag(|s, on| s.inherit_env = on)),
        Row::new(
            "inherit-network",
            "",
            "all addresses that this machine reaches",
            Take::Flag(|s, on| s.inherit_network = Some(on)),
        ),
        Row::new("tcp", "", "TCP, to addresses that are granted", Take::Flag(|s, on| s.tcp = Some(on))),
        Row::new("udp", "", "UDP, to addresses that are granted", Take::Flag(|s, on| s.udp = Some(on))),
        Row::new(
            "allow-ip-name-lookup",
            "",
            "names of hosts are looked up",
            Take::Flag(|s, on| s.ip_name_lookup = Some(on)),
        ),
        Row::new("http", "", "HTTP requests are sent; `serve` grants it", Take::Flag(|s, on| s.http = Some(on))),
        Row::new(
            "config-var",
            "NAME=VALUE",
            "a value of `wasi:config`",
            Take::Pair(|s, n, v| s.config_vars.push((n, v))),
        ),
        Row::new(
            "keyvalue-in-memory-data",
            "NAME=VALUE",
            "what `wasi:keyvalue` has at the start",
            Take::Pair(|s, n, v| s.keyvalue.push((n, v))),
        ),
        Row::new(
            "max-resources",
            "N",
            "most resources of the host's that a guest may have",
            Take::Size(|s, n| s.max_resources = Some(n)),
        ),
        Row::new(
            "hostcall-fuel",
            "N",
            "what one call may have the host copy",
            Take::Size(|s, n| s.hostcall_fuel = Some(n)),
        ),
        Row::new(
            "max-random-size",
            "BYTES",
            "most random bytes of one call",
            Take::Number(|s, n| s.max_random_size = Some(n)),
        ),
        Row::new(
            "max-http-fields-size",
            "BYTES",
            "most of the headers that a guest makes",
            Take::Size(|s, n| s.max_http_fields_size = Some(n)),
        ),
        Row::new(
            "http-outgoing-body-buffer-chunks",
            "N",
            "writes of a body that are kept until they are sent",
            Take::Size(|s, n| s.body_chunks = Some(n)),
        ),
        Row::new(
            "http-outgoing-body-chunk-size",
            "BYTES",
            "most of one write of a body",
            Take::Size(|s, n| s.body_chunk_size = Some(n)),
        ),
        Row::new(
            "network-error-code",
            "",
            "`network-error-code`, which is unstable, is linked",
            Take::Flag(|s, on| s.network_error_code = on),
        ),
        // Every interface of WASI 0.2 is linked, whatever is granted.
        Row::new("cli", "", "all of WASI 0.2 is linked, and grants nothing", Take::Always),
        Row::new("cli-exit-with-code", "", "`exit-with-code` is linked", Take::Always),
        Row::new("common", "", "all of WASI 0.2 is linked, and grants nothing", Take::Always),
        Row::new("config", "", "it is linked, and grants nothing", Take::Always),
        Row::new("keyvalue", "", "it is linked, and grants nothing", Take::Always),
        Row::new("preview2", "", "preview 1 is made of preview 2 in any case", Take::Nothing),
        Row::new("p3", "", "there is no WASI 0.3", Take::Never),
        Row::new("preview0", "", "there is no `wasi_unstable`", Take::Never),
        Row::new("threads", "", "guests start no threads", Take::Never),
        Row::new("nn", "", "there is no wasi-nn", Take::Never),
        Row::new("nn-graph", "FORMAT::DIR", "there is no wasi-nn", Take::Never),
        Row::new("tls", "", "there is no wasi-tls", Take::Never),
        Row::new("listenfd", "", "guests inherit no sockets", Take::Never),
        Row::new(
            "tcplisten",
            "ADDRESS",
            "guests inherit no sockets; `tcp` and `inherit-network` let them listen",
            Take::Never,
        ),
    ];
}
