// Ownership of HDF5 identifiers, for the two files that call the library.
#pragma once

#include <utility>

#include <hdf5.h>

namespace pigou {

/// Owns one HDF5 identifier; negative ones are what failed calls return.
class Hdf5Handle {
 public:
  Hdf5Handle() = default;
  Hdf5Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept
      : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Hdf5Handle() { release(); }

  hid_t get() const { return id_; }
  bool good() const { return id_ >= 0; }
  /// Closes it; false when the library could not.
  bool release() {
    if (id_ < 0) return true;
    return close_(std::exchange(id_, H5I_INVALID_HID)) >= 0;
  }

 private:
  hid_t id_ = H5I_INVALID_HID;
  herr_t (*close_)(hid_t) = nullptr;
};

/// Before any other call: the library prints no traces to stderr, since errors here are one line,
/// and does nothing at exit, where it would flush once more what could not be written and crash.
inline void start_hdf5() {
  H5dont_atexit();
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

}  // namespace pigou
