//! How the client behind a connection is configured.

use std::sync::Arc;
use std::time::Duration;

use fred::clients::Client;
use fred::types::RespVersion;
use fred::types::config::{
    Config, ConnectionConfig, PerformanceConfig, ReconnectError, Server, ServerConfig, TcpConfig, UnresponsiveConfig,
};
use larder_core::Result;
use socket2::TcpKeepalive;

use crate::credentials::Login;
use crate::settings::Settings;
use crate::{Endpoint, connector};

/// What every client of a node is made of. It shows nothing: the client's own types show more than they should.
pub(crate) struct ClientPlan {
    config: Config,
    connection: ConnectionConfig,
    /// The longest that a call may take. Each has a limit of its own besides; this one is for what nobody waits for any more.
    timeout: Duration,
}

impl ClientPlan {
    /// Calls that may wait for a connection at once; one more fails at once.
    const MOST_WAITING: usize = 10_000;
    const KEEPALIVE: Duration = Duration::from_secs(15);

    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        Ok(Self { config: config(settings)?, connection: connection(settings), timeout: settings.patience() })
    }

    /// A client that is not connected yet. It never reconnects: when its connection is lost, it is done.
    pub(crate) fn client(&self, messages: usize) -> Client {
        let performance = PerformanceConfig {
            default_command_timeout: self.timeout,
            broadcast_channel_capacity: messages,
            ..PerformanceConfig::default()
        };
        Client::new(self.config.clone(), Some(performance), Some(self.connection.clone()), None)
    }
}

fn config(settings: &Settings) -> Result<Config> {
    #[cfg(not(feature = "tls"))]
    connector::check(settings.tls.as_ref())?;
    let server = match &settings.endpoint {
        Endpoint::Tcp { host, port } => ServerConfig::Centralized { server: Server::new(host.as_str(), *port) },
        Endpoint::Unix(path) => ServerConfig::Unix { path: path.clone() },
    };
    let credentials = settings.credentials.clone().map(|credentials| Arc::new(Login(credentials)) as _);
    Ok(Config {
        fail_fast: true,
        server,
        version: RespVersion::RESP3,
        database: (settings.database != 0).then_some(settings.database),
        #[cfg(feature = "tls")]
        tls: settings.tls.as_ref().map(connector::connector).transpose()?,
        credential_provider: credentials,
        ..Config::default()
    })
}

fn connection(settings: &Settings) -> ConnectionConfig {
    let unresponsive =
        UnresponsiveConfig { max_timeout: Some(settings.patience()), interval: Duration::from_millis(250) };
    let tcp = TcpConfig {
        nodelay: Some(true),
        keepalive: Some(TcpKeepalive::new().with_time(ClientPlan::KEEPALIVE)),
        ..TcpConfig::default()
    };
    ConnectionConfig {
        connection_timeout: settings.attempt(),
        internal_command_timeout: settings.attempt(),
        max_command_attempts: 1,
        unresponsive,
        reconnect_on_auth_error: true,
        max_command_buffer_len: ClientPlan::MOST_WAITING,
        tcp,
        reconnect_errors: vec![
            ReconnectError::ClusterDown,
            ReconnectError::Loading,
            ReconnectError::ReadOnly,
            ReconnectError::MasterDown,
        ],
        ..ConnectionConfig::default()
    }
}
