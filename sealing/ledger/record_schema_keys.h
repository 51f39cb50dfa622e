#pragma once

#include "sealing/ledger/record_schema_forms.h"

namespace govseal::schema {

inline constexpr std::string_view kRotatedKinds[] = {"log", "seal", "root"};
inline constexpr FieldRule kKeyRotate[] = {
    word("kind", kRotatedKinds),
    maybe(field("old", FieldForm::any_key)),
    field("new", FieldForm::any_key),
    timestamp("not_before"),
    timestamp("overlap_until"),
    maybe(field("sig_old", FieldForm::any_sig)),
    field("sig_new", FieldForm::any_sig),
    maybe(ssh_sig("sig_root")),
    by(),
};

inline constexpr std::string_view kRevokedKinds[] = {"log", "seal"};
inline constexpr FieldRule kKeyRevoke[] = {
    word("kind", kRevokedKinds),
    field("key", FieldForm::any_key),
    timestamp("compromised_since"),
    text("reason", 512),
    ssh_sig("sig_root"),
    by(),
};

inline constexpr FieldRule kWaiverGranted[] = {
    name("id"),
    name("rule"),
    repo(),
    path("run"),
    hex64("root"),
    timestamp("expires"),
    {.key = "approvers",
     .form = FieldForm::text_array,
     .limit = 8,
     .item_limit = 128,
     .ascending = true,
     .items_min = 1},
    base64("waiver", 4096),
    {.key = "sigs", .form = FieldForm::sig_array, .limit = 8, .items_min = 1},
    by(),
};
inline constexpr FieldRule kWaiverUsed[] = {name("id"), repo(), path("run"), hex64("root"),
                                            integer("finding")};
inline constexpr FieldRule kWaiverExpired[] = {name("id"), repo(), path("run")};
inline constexpr FieldRule kWaiverRevoked[] = {
    name("id"),     repo(), path("run"), text("reason", 512), text("approver", 128),
    ssh_sig("sig"), by(),
};

inline constexpr std::array kKeyRecords = {
    RecordSchema{"key.rotate", true, kKeyRotate},
    RecordSchema{"key.revoke", true, kKeyRevoke},
    RecordSchema{"waiver.granted", true, kWaiverGranted},
    RecordSchema{"waiver.used", true, kWaiverUsed},
    RecordSchema{"waiver.expired", true, kWaiverExpired},
    RecordSchema{"waiver.revoked", true, kWaiverRevoked},
};

inline constexpr std::string_view kAnchorKinds[] = {"git", "witness", "tsa"};
inline constexpr FieldRule kAnchorPublished[] = {word("kind", kAnchorKinds), text("target", 255),
                                                 integer("size"), hex64("root"),
                                                 maybe(text("ref", 255))};

inline constexpr std::string_view kAnchorCodes[] = {"unreachable", "auth",    "rejected",
                                                    "conflict",    "invalid", "timeout"};
inline constexpr FieldRule kAnchorFailed[] = {word("kind", kAnchorKinds), text("target", 255),
                                              integer("size"), word("code", kAnchorCodes),
                                              text("detail", 256)};

inline constexpr std::string_view kRecoveryCauses[] = {"crash", "poisoned"};
inline constexpr FieldRule kLogRecovered[] = {word("cause", kRecoveryCauses), integer("signed"),
                                              integer("kept"), integer("cut_bytes"),
                                              hex64("cut_sha256")};

inline constexpr std::string_view kDamageCodes[] = {"SHORT", "RECORD", "ROOT", "CHECKPOINTS"};
inline constexpr FieldRule kLogDamaged[] = {
    field("origin", FieldForm::origin), integer("signed"),    hex64("root"),
    word("code", kDamageCodes),         maybe(integer("at")), text("kept_as", 64),
};

inline constexpr FieldRule kLogRolledBack[] = {
    field("origin", FieldForm::origin),
    integer("local_size"),
    hex64("local_root"),
    integer("seen_size"),
    hex64("seen_root"),
    text("source", 255),
    maybe(text("kept_as", 64)),
};

inline constexpr std::array kLogRecords = {
    RecordSchema{"anchor.published", false, kAnchorPublished},
    RecordSchema{"anchor.failed", false, kAnchorFailed},
    RecordSchema{"log.recovered", true, kLogRecovered},
    RecordSchema{"log.damaged", true, kLogDamaged},
    RecordSchema{"log.rolled_back", true, kLogRolledBack},
};

}  // namespace govseal::schema
