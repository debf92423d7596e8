#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "wordmill.h"

// wordmill.h for a program that ends with a message when something fails.

template <typename Call>
void must(const char* doing, Call&& call) {
  wm_error error{};
  if (call(&error) != WM_OK) throw std::runtime_error(std::string(doing) + ": " + error.text);
}

struct Release {
  void operator()(wm_module* handle) const { wm_module_release(handle); }
  void operator()(wm_device* handle) const { wm_device_release(handle); }
  void operator()(wm_corpus_builder* handle) const { wm_corpus_builder_release(handle); }
  void operator()(wm_corpus* handle) const { wm_corpus_release(handle); }
  void operator()(wm_view* handle) const { wm_view_release(handle); }
  void operator()(wm_keys* handle) const { wm_keys_release(handle); }
  void operator()(wm_table* handle) const { wm_table_release(handle); }
  void operator()(wm_subwords* handle) const { wm_subwords_release(handle); }
  void operator()(wm_cooccurrence* handle) const { wm_cooccurrence_release(handle); }
  void operator()(wm_examples* handle) const { wm_examples_release(handle); }
  void operator()(wm_sequence* handle) const { wm_sequence_release(handle); }
  void operator()(wm_job* handle) const { wm_job_release(handle); }
};
template <typename Handle>
using Owned = std::unique_ptr<Handle, Release>;

/// call(&handle, &error) makes a handle.
template <typename Handle, typename Call>
Owned<Handle> make(const char* doing, Call&& call) {
  Handle* handle = nullptr;
  must(doing, [&](wm_error* error) { return call(&handle, error); });
  return Owned<Handle>(handle);
}
