#pragma once

#include "sealing/ledger/record_schema_forms.h"

namespace govseal::schema {

inline constexpr FieldRule kPreviousMembers[] = {field("origin", FieldForm::origin),
                                                 integer("size"), hex64("root")};
inline constexpr FieldRule kGenesis[] = {
    field("origin", FieldForm::origin),
    integer("epoch"),
    text("host", 255),
    text("version", 64),
    field("log_vkey", FieldForm::vkey),
    field("seal_key", FieldForm::ssh_key),
    maybe(field("root_key", FieldForm::ssh_key)),
    maybe(object("previous", kPreviousMembers)),
};

inline constexpr FieldRule kAgentStart[] = {
    text("version", 64), integer("pid"),     integer("uid"),
    hex64("config"),     item_list("repos"), boolean("clean"),
};

inline constexpr std::string_view kStopReasons[] = {"signal", "request", "error"};
inline constexpr FieldRule kAgentStop[] = {word("reason", kStopReasons), maybe(text("detail", 256)),
                                           integer("uptime_s")};

inline constexpr FieldRule kHeartbeat[] = {
    integer("interval_s"), integer("uptime_s"),     integer("boottime_ms"), integer("repos"),
    integer("runs"),       integer("sealed"),       integer("failed"),      integer("missing"),
    integer("verified"),   integer("hashed_bytes"), integer("gaps"),
};

inline constexpr FieldRule kConfigReloaded[] = {
    hex64("config"),     hex64("previous"),    boolean("applied"),
    integer("problems"), item_list("changed"), by(),
};

inline constexpr FieldRule kRepositoryAdded[] = {repo(), text("path", kPathBytesMax)};

inline constexpr FieldRule kConfigChangedOnDisk[] = {maybe(hex64("config"))};

inline constexpr std::string_view kPolicyFiles[] = {"policy", "waiver_signers"};
inline constexpr FieldRule kPolicyChanged[] = {word("file", kPolicyFiles), maybe(hex64("sha256")),
                                               maybe(hex64("previous"))};

inline constexpr FieldRule kClockJump[] = {timestamp("from"), timestamp("to"),
                                           field("delta_ms", FieldForm::signed_integer),
                                           integer("boottime_ms")};

inline constexpr std::string_view kRebuildReasons[] = {"absent", "corrupt", "version", "request"};
inline constexpr FieldRule kIndexRebuilt[] = {word("reason", kRebuildReasons), integer("runs")};

inline constexpr std::array kAgentRecords = {
    RecordSchema{"genesis", false, kGenesis},
    RecordSchema{"agent.start", false, kAgentStart},
    RecordSchema{"agent.stop", false, kAgentStop},
    RecordSchema{"heartbeat", false, kHeartbeat},
    RecordSchema{"config.reloaded", false, kConfigReloaded},
    RecordSchema{"repository.added", false, kRepositoryAdded},
    RecordSchema{"config.changed_on_disk", false, kConfigChangedOnDisk},
    RecordSchema{"policy.changed", false, kPolicyChanged},
    RecordSchema{"clock.jump", false, kClockJump},
    RecordSchema{"index.rebuilt", false, kIndexRebuilt},
};

}  // namespace govseal::schema
