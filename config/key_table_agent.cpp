// Rows of [agent] and [api], api.md 9.1 and 9.2.

#include "config/key_rows.h"

namespace govseal::detail {
namespace {

constexpr KeyBounds kTimeoutMs{100, 600'000};
constexpr KeyBounds kEventBound{1, 65'536};
constexpr KeyBounds kPeers{1, 4'096};
constexpr KeyBounds kRequestBytes{1'024, 1'048'576};
constexpr KeyBounds kKept{1, 100'000};
constexpr KeyBounds kKeepSeconds{60, 2'592'000};

constexpr Rows top{""};
constexpr Rows agent{"agent"};
constexpr Rows api{"api"};

constexpr KeySpec kRows[] = {
    computed(top.key("include", KeyType::path, "",
                     "Directory of fragments: each NAME.toml in it holds one [[repository]] with "
                     "its subtables. Only in the main file.",
                     access_to<&Config::include>()),
             "the directory govseal.d beside this file"),

    restart(computed(agent.key("state_dir", KeyType::path, "\"/var/lib/govseal\"",
                               "Ledger, indices and reports; mode 0700, of the agent alone.",
                               access_to<&AgentConfig::state_dir>()),
                     "for an ordinary user $XDG_STATE_HOME/govseal")),
    restart(computed(agent.key("runtime_dir", KeyType::path, "\"/run/govseal\"", "Sockets.",
                               access_to<&AgentConfig::runtime_dir>()),
                     "for an ordinary user $XDG_RUNTIME_DIR/govseal")),
    restart(computed(agent.key("host_name", KeyType::host_name, "",
                               "Name of this host in the ledger, reports and anchors.",
                               access_to<&AgentConfig::host_name>(), {1, 253}),
                     "the host's name")),
    restart(agent.number("workers", "0", {0, 256}, "threads",
                         "Threads that hash, read git and sync; 0: number of processors.",
                         access_to<&AgentConfig::workers>())),
    agent.number("work_queue_max", "4096", {64, 65'536}, "jobs", "Jobs that may wait for a worker.",
                 access_to<&AgentConfig::work_queue_max>()),
    agent.number("stop_timeout_s", "30", {1, 600}, "s",
                 "Time to finish running work when the agent is stopped.",
                 access_to<&AgentConfig::stop_timeout_s>()),
    agent.choice("log_level", "\"notice\"", "error warning notice info debug",
                 "Least important messages that are logged.", access_to<&AgentConfig::log_level>()),
    agent.number("discovery_interval_s", "300", {10, 86'400}, "s",
                 "How often `glob` of [[repository]] is expanded again.",
                 access_to<&AgentConfig::discovery_interval_s>()),
    agent.number("repositories_max", "1000", {1, 100'000}, "repositories",
                 "Repositories that are watched at most; also the most fragments.",
                 access_to<&AgentConfig::repositories_max>()),

    restart(computed(api.key("socket", KeyType::path, "", "The Unix socket that clients ask.",
                             access_to<&ApiConfig::socket>(), {1, kSocketPathBytesMax}),
                     "<runtime_dir>/govseal.sock")),
    restart(api.key("socket_mode", KeyType::octal_mode, "\"0660\"",
                    "Mode of the socket, octal: no bit for others except in 0666, no execute bit.",
                    access_to<&ApiConfig::socket_mode>())),
    restart(computed(api.key("socket_group", KeyType::group, "\"govseal-users\"",
                             "Existing group that the socket belongs to.",
                             access_to<&ApiConfig::socket_group>()),
                     "for an ordinary user its own group")),
    api.key("operators", KeyType::principal_list, "[]",
            "Who may act, besides root and the agent's user: \"name\", \"1000\", \"@group\", "
            "\"@1000\".",
            access_to<&ApiConfig::operators>(), {0, 256}),
    computed(api.key("viewers", KeyType::principal_list, "[\"@govseal-users\"]",
                     "Who may look, in the same form.", access_to<&ApiConfig::viewers>(), {0, 256}),
             "for an ordinary user []"),
    api.number("connections_max", "256", kPeers, "connections", "Open connections at most.",
               access_to<&ApiConfig::connections_max>()),
    api.number("connections_per_uid_max", "32", kPeers, "connections",
               "Open connections of one user at most.",
               access_to<&ApiConfig::connections_per_uid_max>()),
    api.number("jobs_per_uid_max", "16", kPeers, "jobs", "Unfinished jobs of one user at most.",
               access_to<&ApiConfig::jobs_per_uid_max>()),
    api.number("header_bytes_max", "8192", kRequestBytes, "bytes",
               "Request line and headers of one request at most.",
               access_to<&ApiConfig::header_bytes_max>(), KeyType::size),
    api.number("body_bytes_max", "65536", kRequestBytes, "bytes", "Body of one request at most.",
               access_to<&ApiConfig::body_bytes_max>(), KeyType::size),
    api.number("read_timeout_ms", "5000", kTimeoutMs, "ms",
               "Time in which a request has to be complete.",
               access_to<&ApiConfig::read_timeout_ms>()),
    api.number("write_timeout_ms", "10000", kTimeoutMs, "ms",
               "Time in which a client has to take 64 KiB of an answer.",
               access_to<&ApiConfig::write_timeout_ms>()),
    api.number("request_timeout_ms", "10000", kTimeoutMs, "ms", "Time for the work of one request.",
               access_to<&ApiConfig::request_timeout_ms>()),
    api.number("idle_timeout_s", "60", {1, 3'600}, "s", "Idle connections are closed after this.",
               access_to<&ApiConfig::idle_timeout_s>()),
    api.number("sync_timeout_max_ms", "10000", {100, 60'000}, "ms",
               "Longest wait that ?sync= may ask for.",
               access_to<&ApiConfig::sync_timeout_max_ms>()),
    api.number("event_clients_max", "200", kEventBound, "streams", "Event streams at most.",
               access_to<&ApiConfig::event_clients_max>()),
    api.number("event_ring_max", "1024", kEventBound, "events",
               "Events kept for each slow client before it is sent a gap.",
               access_to<&ApiConfig::event_ring_max>()),
    api.number("event_replay_max", "10000", {1, 1'000'000}, "records",
               "How far back a client can resume.", access_to<&ApiConfig::event_replay_max>()),
    api.number("event_heartbeat_s", "15", {1, 300}, "s",
               "Silence on an event stream after which a heartbeat is sent.",
               access_to<&ApiConfig::event_heartbeat_s>()),
    api.number("jobs_max", "1000", kKept, "jobs", "Finished jobs that are remembered at most.",
               access_to<&ApiConfig::jobs_max>()),
    api.number("job_keep_s", "86400", kKeepSeconds, "s", "How long a finished job is remembered.",
               access_to<&ApiConfig::job_keep_s>()),
    api.number("idempotency_keys_max", "1024", kKept, "keys",
               "Idempotency keys that are remembered at most.",
               access_to<&ApiConfig::idempotency_keys_max>()),
    api.number("idempotency_keep_s", "86400", kKeepSeconds, "s",
               "How long an idempotency key is remembered.",
               access_to<&ApiConfig::idempotency_keep_s>()),
    api.number("metrics_repositories_max", "1000", {0, 100'000}, "repositories",
               "Repositories with metrics of their own at most.",
               access_to<&ApiConfig::metrics_repositories_max>()),
};

}  // namespace

std::span<KeySpec const> agent_rows() {
  return kRows;
}

}  // namespace govseal::detail
