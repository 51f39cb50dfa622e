#include "sealing/stat_index_sql.h"

#include <sqlite3.h>

namespace govseal {

SqlStatement::SqlStatement(sqlite3* db, char const* sql) {
  keep(sqlite3_prepare_v2(db, sql, -1, &statement_, nullptr));
}

SqlStatement::~SqlStatement() {
  sqlite3_finalize(statement_);
}

SqlStatement& SqlStatement::bind(std::string_view text) {
  if (code_ == SQLITE_OK) {
    keep(sqlite3_bind_text64(statement_, next_++, text.data() == nullptr ? "" : text.data(),
                             text.size(), SQLITE_STATIC, SQLITE_UTF8));
  }
  return *this;
}

SqlStatement& SqlStatement::bind(std::int64_t number) {
  if (code_ == SQLITE_OK) keep(sqlite3_bind_int64(statement_, next_++, number));
  return *this;
}

SqlStatement& SqlStatement::bind_blob(std::string_view bytes) {
  // A null pointer would bind NULL instead of an empty blob.
  if (code_ == SQLITE_OK) {
    keep(sqlite3_bind_blob64(statement_, next_++, bytes.empty() ? "" : bytes.data(), bytes.size(),
                             SQLITE_STATIC));
  }
  return *this;
}

SqlStatement& SqlStatement::bind_blob(Digest const& digest) {
  return bind_blob(text_of(digest.span()));
}

SqlStatement& SqlStatement::bind_null() {
  if (code_ == SQLITE_OK) keep(sqlite3_bind_null(statement_, next_++));
  return *this;
}

bool SqlStatement::step() {
  if (code_ != SQLITE_OK) return false;
  int const code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) keep(code);
  return false;
}

std::string SqlStatement::text(int column) const {
  auto const* bytes = static_cast<char const*>(sqlite3_column_blob(statement_, column));
  auto const size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return bytes == nullptr ? std::string() : std::string(bytes, size);
}

std::int64_t SqlStatement::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

bool SqlStatement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::optional<Digest> SqlStatement::digest(int column) const {
  return is_null(column) ? std::nullopt : Digest::from_raw(text(column));
}

void SqlStatement::keep(int code) noexcept {
  if (code_ == SQLITE_OK) code_ = code & 0xff;
}

}  // namespace govseal
