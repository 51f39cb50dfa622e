#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/sha256.h"

struct sqlite3;
struct sqlite3_stmt;

namespace govseal {

/// A prepared statement of the stat index. Errors are kept, not thrown: the first failing call
/// decides code(), later ones do nothing. Bound texts must outlive the steps. One thread.
class SqlStatement {
 public:
  SqlStatement(sqlite3* db, char const* sql);
  ~SqlStatement();
  SqlStatement(SqlStatement const&) = delete;
  SqlStatement& operator=(SqlStatement const&) = delete;

  SqlStatement& bind(std::string_view text);
  SqlStatement& bind(std::int64_t number);
  SqlStatement& bind_blob(std::string_view bytes);
  SqlStatement& bind_blob(Digest const& digest);
  SqlStatement& bind_null();

  /// True: a row is there. False: done, or failed (see code()).
  [[nodiscard]] bool step();
  /// SQLITE_OK, or the primary code of the first failure.
  [[nodiscard]] int code() const noexcept { return code_; }

  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] bool is_null(int column) const;
  /// nullopt for NULL and for blobs that are not 32 bytes.
  [[nodiscard]] std::optional<Digest> digest(int column) const;

 private:
  void keep(int code) noexcept;
  sqlite3_stmt* statement_ = nullptr;
  int code_ = 0;
  int next_ = 1;
};

}  // namespace govseal
