#pragma once

#include "arguments.h"
#include "handle.h"

namespace wordmill::node {

using TableHandle = std::shared_ptr<wm_table>;

class Table : public Handle<Table, wm_table> {
 public:
  static constexpr ClassId kId = ClassId::kTable;
  static constexpr const char* kName = "Table";
  static constexpr napi_type_tag kTag = {0x5d0fb3c28e6147a9, 0xb7a2904de1c35f86};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);
  static Napi::Object makeOf(Napi::Env env, TableHandle table);
  /// A table on memory of JavaScript, which lives as long as the handle.
  static Napi::Object makeOn(Napi::Env env, wm_table* table, const Napi::Value& memory);

  /// Like Handle::use, and an error when the memory below a wrapped table was transferred to another thread.
  TableHandle use(Napi::Env env) const;
  static TableHandle use(const Napi::Value& value, const char* name) { return of(value, name).use(value.Env()); }

  void Finalize(Napi::BasicEnv env) override;

 private:
  Napi::Value describe(const Napi::CallbackInfo& info);
  void fillUniform(const Napi::CallbackInfo& info);
  void fillNormal(const Napi::CallbackInfo& info);
  Napi::Value moments(const Napi::CallbackInfo& info);
  void gather(const Napi::CallbackInfo& info);
  Napi::Value gatherAsync(const Napi::CallbackInfo& info);
  void read(const Napi::CallbackInfo& info);
  void write(const Napi::CallbackInfo& info);
  void readScaled(const Napi::CallbackInfo& info);
  void writeScaled(const Napi::CallbackInfo& info);
  Napi::Value norms(const Napi::CallbackInfo& info);
  Napi::Value firstNotFinite(const Napi::CallbackInfo& info);
  Napi::Value search(const Napi::CallbackInfo& info);
  Napi::Value searchSync(const Napi::CallbackInfo& info);
  Napi::Value scores(const Napi::CallbackInfo& info);
  Napi::Value scoresSync(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);

  TableHandle useAlone(Napi::Env env) const;

  /// Wrapped tables; shared with running work.
  std::shared_ptr<Napi::ObjectReference> memory_;
  Span<uint8_t> span_;
};

/// Shape of a table.
wm_table_info describeTable(const wm_table* table);

Napi::Value createTable(const Napi::CallbackInfo& info);
Napi::Value wrapTable(const Napi::CallbackInfo& info);
Napi::Value mapTable(const Napi::CallbackInfo& info);

}  // namespace wordmill::node
