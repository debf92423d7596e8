#include "errors.h"

#include <cerrno>
#include <cstdio>

#include "addon.h"

namespace wordmill::node {
namespace {

const char* codeName(int32_t code) {
  switch (code) {
    case WM_ERR_FORMAT:
      return "FORMAT";
    case WM_ERR_TRUNCATED:
      return "TRUNCATED";
    case WM_ERR_LIMIT:
      return "LIMIT";
    case WM_ERR_IO:
      return "IO";
    case WM_ERR_MEMORY:
      return "MEMORY";
    case WM_ERR_OPTION:
      return "OPTION";
    case WM_ERR_CORPUS:
      return "CORPUS";
    case WM_ERR_DIVERGED:
      return "DIVERGED";
    case WM_ERR_UNSUPPORTED:
      return "UNSUPPORTED";
    case WM_ERR_CANCELLED:
      return "CANCELLED";
    case WM_ERR_DEVICE:
      return "DEVICE";
    default:
      return "NATIVE";
  }
}

// The names that file and memory calls can give; strerrorname_np would need a newer C library than we ask for.
std::string systemName(int32_t number) {
  switch (number) {
#define NAME(name) \
  case name:       \
    return #name;
    NAME(EACCES)
    NAME(EAGAIN)
    NAME(EBADF)
    NAME(EBUSY)
    NAME(EDQUOT)
    NAME(EEXIST)
    NAME(EFAULT)
    NAME(EFBIG)
    NAME(EINTR)
    NAME(EINVAL)
    NAME(EIO)
    NAME(EISDIR)
    NAME(ELOOP)
    NAME(EMFILE)
    NAME(ENAMETOOLONG)
    NAME(ENFILE)
    NAME(ENODEV)
    NAME(ENOENT)
    NAME(ENOMEM)
    NAME(ENOSPC)
    NAME(ENOSYS)
    NAME(ENOTDIR)
    NAME(ENXIO)
    NAME(EOVERFLOW)
    NAME(EPERM)
    NAME(EPIPE)
    NAME(EROFS)
    NAME(ESPIPE)
    NAME(ESTALE)
    NAME(ETIMEDOUT)
    NAME(ETXTBSY)
#undef NAME
    default:
      return "errno " + std::to_string(number);
  }
}

Napi::Object makeFields(Napi::Env env, const char* code, const std::string& message) {
  Napi::Object fields = Napi::Object::New(env);
  fields.Set("code", code);
  fields.Set("message", message);
  return fields;
}

Napi::Error makeErrorOf(Napi::Env env, const Napi::Object& fields) {
  Napi::Function factory = Addon::of(env).errorFactory();
  if (!factory.IsEmpty()) {
    Napi::Value made = factory.Call({fields});
    if (made.IsObject()) return Napi::Error(env, made);
  }
  Napi::Error plain = Napi::Error::New(env, fields.Get("message").ToString().Utf8Value());
  for (const char* name : {"code", "system", "offset", "block", "option", "needed", "free"}) {
    Napi::Value value = fields.Get(name);
    if (!value.IsUndefined()) plain.Set(name, value);
  }
  return plain;
}

}  // namespace

Napi::Error makeError(Napi::Env env, const wm_error& error) {
  Napi::Object fields = makeFields(env, codeName(error.code), error.text);
  if (error.system != 0) fields.Set("system", systemName(error.system));
  if (error.offset >= 0) fields.Set("offset", static_cast<double>(error.offset));
  if (error.block >= 0) fields.Set("block", static_cast<double>(error.block));
  if (error.option[0] != '\0') fields.Set("option", error.option);
  if (error.needed > 0) {
    fields.Set("needed", static_cast<double>(error.needed));
    fields.Set("free", static_cast<double>(error.free));
  }
  return makeErrorOf(env, fields);
}

void check(Napi::Env env, wm_code code, const wm_error& error) {
  if (code != WM_OK) throw makeError(env, error);
}

void refuse(Napi::Env env, const std::string& option, const std::string& text) {
  Napi::Object fields = makeFields(env, "OPTION", option + ": " + text);
  fields.Set("option", option);
  throw makeErrorOf(env, fields);
}

void refuseDisposed(Napi::Env env, const std::string& what) {
  throw makeErrorOf(env, makeFields(env, "DISPOSED", what));
}

void refuseMemory(Napi::Env env, const std::string& what) { throw makeErrorOf(env, makeFields(env, "MEMORY", what)); }

wm_code fail(wm_error* error, wm_code code, const char* text) {
  *error = wm_error{};
  error->code = code;
  error->offset = -1;
  error->block = -1;
  std::snprintf(error->text, sizeof error->text, "%s", text);
  return code;
}

}  // namespace wordmill::node
