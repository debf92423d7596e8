#include "report.h"

#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace {

std::string scaled(double value, const std::string& unit) {
  const char* const prefixes[] = {"", "k", "M", "G", "T"};
  int power = 0;
  while (value >= 1000.0 && power < 4) {
    value /= 1000.0;
    ++power;
  }
  char text[64];
  std::snprintf(text, sizeof text, "%.3g %s%s", value, prefixes[power], unit.c_str());
  return text;
}

std::string target(const Measurement& m, double value) {
  if (value == 0.0) return "";
  if (m.bound > 0.0) return std::to_string(static_cast<int>(std::lround(100.0 * value))) + " %";
  return scaled(value, m.unit + "/s");
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

bool isEnoughFor(const Measurement& m) { return m.reached() >= m.least; }
bool isEnoughFor(const Quality& q) { return q.device >= q.processor - q.allowed; }

}  // namespace

void Report::print() const {
  std::printf("%s, compute capability %u.%u, driver for CUDA %u.%u, runtime %u.%u\n", device.c_str(), capability / 10,
              capability % 10, driver / 1000, driver % 1000 / 10, runtime / 1000, runtime % 1000 / 10);
  std::printf("measured: copies %s (read and written), multiply-add %s\n\n", scaled(copyBytesPerSecond, "B/s").c_str(),
              scaled(operationsPerSecond, "FLOP/s").c_str());
  std::printf("%-30s %-34s %10s %16s %8s %14s %14s\n", "work", "size", "time", "rate", "of bound", "at least", "aim");
  for (const Measurement& m : measurements) {
    char share[16] = "";
    if (m.bound > 0.0) std::snprintf(share, sizeof share, "%.0f %%", 100.0 * m.share());
    std::printf("%-30s %-34s %8.3f s %16s %8s %14s %14s%s\n", m.name.c_str(), m.size.c_str(), m.seconds,
                scaled(m.rate(), m.unit + "/s").c_str(), share, target(m, m.least).c_str(), target(m, m.aim).c_str(),
                isEnoughFor(m) ? "" : "  too slow");
  }
  if (!qualities.empty()) std::printf("\n%-30s %-34s %12s %12s\n", "quality", "measure", "processor", "device");
  for (const Quality& q : qualities) {
    std::printf("%-30s %-34s %12.4f %12.4f%s\n", q.name.c_str(), q.measure.c_str(), q.processor, q.device,
                isEnoughFor(q) ? "" : "  too low");
  }
}

void Report::writeJson(const std::string& path) const {
  std::FILE* const file = std::fopen(path.c_str(), "w");
  if (file == nullptr) throw std::runtime_error("cannot write " + path);
  std::fprintf(file,
               "{\n  \"device\": %s,\n  \"capability\": %u,\n  \"driver\": %u,\n  \"runtime\": %u,\n"
               "  \"copyBytesPerSecond\": %.6g,\n  \"operationsPerSecond\": %.6g,\n  \"measurements\": [",
               quoted(device).c_str(), capability, driver, runtime, copyBytesPerSecond, operationsPerSecond);
  const char* separator = "\n";
  for (const Measurement& m : measurements) {
    std::fprintf(
        file,
        "%s    { \"name\": %s, \"size\": %s, \"seconds\": %.6g, \"amount\": %.6g, \"unit\": %s, \"bound\": %.6g, "
        "\"least\": %.6g, \"aim\": %.6g }",
        separator, quoted(m.name).c_str(), quoted(m.size).c_str(), m.seconds, m.amount, quoted(m.unit).c_str(), m.bound,
        m.least, m.aim);
    separator = ",\n";
  }
  std::fprintf(file, "\n  ],\n  \"quality\": [");
  separator = "\n";
  for (const Quality& q : qualities) {
    std::fprintf(file,
                 "%s    { \"name\": %s, \"measure\": %s, \"processor\": %.6g, \"device\": %.6g, \"allowed\": %.6g }",
                 separator, quoted(q.name).c_str(), quoted(q.measure).c_str(), q.processor, q.device, q.allowed);
    separator = ",\n";
  }
  std::fprintf(file, "\n  ]\n}\n");
  if (std::fclose(file) != 0) throw std::runtime_error("cannot write " + path);
}

bool Report::isEnough() const {
  for (const Measurement& m : measurements) {
    if (!isEnoughFor(m)) return false;
  }
  for (const Quality& q : qualities) {
    if (!isEnoughFor(q)) return false;
  }
  return true;
}
