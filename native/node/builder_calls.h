#pragma once

#include <string>

#include "addon.h"
#include "errors.h"

namespace wordmill::node {

/// Calls of a builder, which takes one at a time, and none after the last one.
class BuilderCalls {
 public:
  explicit BuilderCalls(const char* builder) : builder_(builder) {}

  /// A task that keeps the object that is called, in which this must be.
  Task begin(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (finished_) refuseDisposed(env, std::string("this ") + builder_ + " has finished");
    if (busy_) refuse(env, "corpus", "the previous call has not come to rest; await it first");
    busy_ = true;
    Task task;
    task.keep = {info.This()};
    task.rested = [this] { busy_ = false; };
    return task;
  }
  Task beginLast(const Napi::CallbackInfo& info) {
    Task task = begin(info);
    finished_ = true;
    return task;
  }

 private:
  const char* const builder_;
  bool busy_ = false;
  bool finished_ = false;
};

}  // namespace wordmill::node
