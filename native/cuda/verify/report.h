#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// One thing that was measured.
struct Measurement {
  std::string name;
  std::string size;
  double seconds = 0.0;
  double amount = 0.0;  // bytes, operations, words .., in `seconds`
  std::string unit;     // of the amount
  double bound = 0.0;   // amount a second that nothing can exceed; 0: not known
  double least = 0.0;   // what it must reach: a share of the bound where there is one, else an amount a second
  double aim = 0.0;

  double rate() const { return seconds > 0.0 ? amount / seconds : 0.0; }
  double share() const { return bound > 0.0 ? rate() / bound : 0.0; }
  double reached() const { return bound > 0.0 ? share() : rate(); }
};

/// The same training on the processor and on the device.
struct Quality {
  std::string name;
  std::string measure;
  double processor = 0.0;
  double device = 0.0;
  double allowed = 0.0;  // difference
};

struct Report {
  std::string device;
  uint32_t capability = 0;
  uint32_t driver = 0;
  uint32_t runtime = 0;
  double copyBytesPerSecond = 0.0;
  double operationsPerSecond = 0.0;
  std::vector<Measurement> measurements;
  std::vector<Quality> qualities;

  void print() const;
  /// Throws where the file cannot be written.
  void writeJson(const std::string& path) const;
  /// Whether everything reached the least that it must.
  bool isEnough() const;
};
