#pragma once

#include "handle.h"

namespace wordmill::node {

class Records : public Handle<Records, wm_records> {
 public:
  static constexpr ClassId kId = ClassId::kRecords;
  static constexpr const char* kName = "Records";
  static constexpr napi_type_tag kTag = {0xa1d7403f9be2586c, 0x2f94c6087ae1d35b};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);

 private:
  Napi::Value size(const Napi::CallbackInfo& info);
  Napi::Value append(const Napi::CallbackInfo& info);
  Napi::Value cooccurrence(const Napi::CallbackInfo& info);
  Napi::Value shuffled(const Napi::CallbackInfo& info);
  Task begin(const Napi::CallbackInfo& info);
  void requireRest(Napi::Env env) const;

  bool busy_ = false;
  bool complete_ = false;  // somebody reads them, maybe now: nothing is appended any more
};

using RecordReaderHandle = std::shared_ptr<wm_record_reader>;

class RecordReader : public Handle<RecordReader, wm_record_reader> {
 public:
  static constexpr ClassId kId = ClassId::kRecordReader;
  static constexpr const char* kName = "RecordReader";
  static constexpr napi_type_tag kTag = {0x65f28be0d3914ca7, 0xc41a97b86d2e0f53};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);

 private:
  Napi::Value read(const Napi::CallbackInfo& info);

  bool busy_ = false;
};

Napi::Value createRecords(const Napi::CallbackInfo& info);

}  // namespace wordmill::node
