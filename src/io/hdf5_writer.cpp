#include "io/hdf5_writer.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "io/hdf5_handle.hpp"

namespace pigou {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kGrowth = std::size_t{1} << 20;  // of the file in memory, bytes at a time
constexpr const char* kNoFile = "/dev/null/pigou";     // the library looks, and finds none

/// The bytes of a file that the library makes in memory; it hands them over when it closes it. So
/// only whole files meet the disk, written by us, and no full disk meets the library.
struct Image {
  void* bytes = nullptr;

  Image() = default;
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;
  ~Image() { std::free(bytes); }
};

H5FD_file_image_callbacks_t image_callbacks(Image& image) {
  H5FD_file_image_callbacks_t calls{};
  calls.image_malloc = [](std::size_t size, H5FD_file_image_op_t, void*) {
    return std::malloc(size);
  };
  calls.image_memcpy = [](void* to, const void* from, std::size_t size, H5FD_file_image_op_t,
                          void*) { return std::memcpy(to, from, size); };
  calls.image_realloc = [](void* bytes, std::size_t size, H5FD_file_image_op_t, void*) {
    return std::realloc(bytes, size);
  };
  calls.image_free = [](void* bytes, H5FD_file_image_op_t at, void* to) -> herr_t {
    if (at == H5FD_FILE_IMAGE_OP_FILE_CLOSE)
      static_cast<Image*>(to)->bytes = bytes;
    else
      std::free(bytes);
    return 0;
  };
  calls.udata_copy = [](void* to) { return to; };
  calls.udata_free = [](void*) -> herr_t { return 0; };
  calls.udata = &image;
  return calls;
}

/// Every call that can fail goes through this.
hid_t checked(hid_t id, const std::string& file) {
  if (id < 0)
    throw UserError("cannot write '" + file + "'", "the HDF5 library refused: is memory short?",
                    "free some, or keep fewer rows with output.requests");
  return id;
}

Hdf5Handle untimed_list(hid_t list_class) {
  Hdf5Handle list(H5Pcreate(list_class), H5Pclose);
  H5Pset_obj_track_times(list.get(), false);
  return list;
}

Hdf5Handle text_type(const std::string& value) {
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), value.empty() ? 1 : value.size());
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

}  // namespace

struct Hdf5Writer::State {
  explicit State(OutputTarget to) : place(std::move(to)), unnamed(place.path) {}

  OutputTarget place;
  const std::string& target = place.path;
  UnnamedFile unnamed;
  Image image;  // outlives the file
  Hdf5Handle file;
  Hdf5Handle dataset_list = untimed_list(H5P_DATASET_CREATE);
  Hdf5Handle group_list = untimed_list(H5P_GROUP_CREATE);
  std::map<std::string, Hdf5Handle> groups;

  hid_t group(const std::string& path) {
    if (path.empty() || path == "/") return file.get();
    const auto found = groups.find(path);
    if (found != groups.end()) return found->second.get();
    const auto slash = path.rfind('/');
    const hid_t parent = group(path.substr(0, slash));
    Hdf5Handle made(checked(H5Gcreate2(parent, path.substr(slash + 1).c_str(), H5P_DEFAULT,
                                       group_list.get(), H5P_DEFAULT),
                            target),
                    H5Gclose);
    return groups.emplace(path, std::move(made)).first->second.get();
  }

  void put_attribute(hid_t object, const std::string& name, hid_t type, hid_t space,
                     const void* data) {
    Hdf5Handle attribute(
        checked(H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), target),
        H5Aclose);
    checked(H5Awrite(attribute.get(), type, data), target);
    close(attribute);
  }

  /// What is written last may wait in the library until then.
  void close(Hdf5Handle& object) const { checked(object.release() ? 0 : -1, target); }

  void put_text(hid_t object, const std::string& name, const std::string& value) {
    const Hdf5Handle type = text_type(value);
    const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    put_attribute(object, name, type.get(), space.get(), value.c_str());
  }

  Hdf5Handle put_dataset(const std::string& path, hid_t type, hid_t space, const void* data) {
    const auto slash = path.rfind('/');
    Hdf5Handle dataset(
        checked(H5Dcreate2(group(path.substr(0, slash)), path.substr(slash + 1).c_str(), type,
                           space, H5P_DEFAULT, dataset_list.get(), H5P_DEFAULT),
                target),
        H5Dclose);
    checked(H5Dwrite(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), target);
    return dataset;
  }

  void put_numbers(const std::string& path, hid_t type, hid_t space, const void* data,
                   const DatasetNote& note) {
    Hdf5Handle dataset = put_dataset(path, type, space, data);
    put_text(dataset.get(), "unit", note.unit);
    put_text(dataset.get(), "description", note.description);
    close(dataset);
  }

  void put_scalar(const std::string& path, hid_t type, const void* data, const DatasetNote& note) {
    const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    put_numbers(path, type, space.get(), data, note);
  }

  template <class T>
  void put_column(const std::string& path, hid_t type, std::span<const T> values,
                  const DatasetNote& note) {
    const hsize_t rows = values.size();
    const Hdf5Handle space(H5Screate_simple(1, &rows, nullptr), H5Sclose);
    put_numbers(path, type, space.get(), values.data(), note);
  }
};

fs::path manifest_name(const fs::path& result) { return result.string() + ".manifest.json"; }

namespace {

/// Whether `file` holds something in whose first bytes `mark` is not.
bool is_something_else(const fs::path& file, std::string_view mark) {
  std::error_code code;
  if (!fs::is_regular_file(file, code) || fs::file_size(file, code) == 0) return false;
  std::array<char, 64> start{};
  std::ifstream(file, std::ios::binary).read(start.data(), start.size());
  return std::string_view(start.data(), start.size()).find(mark) == std::string_view::npos;
}

[[noreturn]] void refuse_to_replace(const fs::path& file, const char* what) {
  throw UserError("cannot write " + file.string(), std::string("it exists and is ") + what,
                  "name another file, or remove this one first");
}

}  // namespace

void check_result_target(const fs::path& target) {
  check_target(target);
  if (is_something_else(target, "\x89HDF")) refuse_to_replace(target, "not an HDF5 file");
  const fs::path manifest = manifest_name(target);
  check_target(manifest);
  if (is_something_else(manifest, "\"pigou-manifest\""))
    refuse_to_replace(manifest, "not the manifest of a result");
}

Hdf5Writer::Hdf5Writer(OutputTarget target, Hdf5Metadata metadata) {
  start_hdf5();
  state_ = std::make_unique<State>(std::move(target));
  const Hdf5Handle list = untimed_list(H5P_FILE_CREATE);
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  if (metadata == Hdf5Metadata::kChecksummed)
    H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_V110);
  H5FD_file_image_callbacks_t calls = image_callbacks(state_->image);
  checked(H5Pset_fapl_core(access.get(), kGrowth, false), state_->target);
  checked(H5Pset_file_image_callbacks(access.get(), &calls), state_->target);
  state_->file = Hdf5Handle(
      checked(H5Fcreate(kNoFile, H5F_ACC_TRUNC, list.get(), access.get()), state_->target),
      H5Fclose);
}

Hdf5Writer::~Hdf5Writer() = default;

void Hdf5Writer::attribute(const std::string& group, const std::string& name,
                           const std::string& text) {
  state_->put_text(state_->group(group), name, text);
}

void Hdf5Writer::attribute(const std::string& group, const std::string& name,
                           std::span<const int> values) {
  const hsize_t rows = values.size();
  const Hdf5Handle space(H5Screate_simple(1, &rows, nullptr), H5Sclose);
  state_->put_attribute(state_->group(group), name, H5T_NATIVE_INT, space.get(), values.data());
}

void Hdf5Writer::text(const std::string& path, const std::string& value,
                      const std::string& description) {
  const Hdf5Handle type = text_type(value);
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  Hdf5Handle dataset = state_->put_dataset(path, type.get(), space.get(), value.c_str());
  state_->put_text(dataset.get(), "unit", "1");
  state_->put_text(dataset.get(), "description", description);
  state_->close(dataset);
}

void Hdf5Writer::scalar(const std::string& path, double value, const DatasetNote& note) {
  state_->put_scalar(path, H5T_NATIVE_DOUBLE, &value, note);
}

void Hdf5Writer::scalar(const std::string& path, std::uint64_t value, const DatasetNote& note) {
  state_->put_scalar(path, H5T_NATIVE_UINT64, &value, note);
}

void Hdf5Writer::column(const std::string& path, std::span<const double> values,
                        const DatasetNote& note) {
  state_->put_column(path, H5T_NATIVE_DOUBLE, values, note);
}

void Hdf5Writer::column(const std::string& path, std::span<const std::uint64_t> values,
                        const DatasetNote& note) {
  state_->put_column(path, H5T_NATIVE_UINT64, values, note);
}

void Hdf5Writer::column(const std::string& path, std::span<const std::int64_t> values,
                        const DatasetNote& note) {
  state_->put_column(path, H5T_NATIVE_INT64, values, note);
}

void Hdf5Writer::column(const std::string& path, std::span<const std::uint32_t> values,
                        const DatasetNote& note) {
  state_->put_column(path, H5T_NATIVE_UINT32, values, note);
}

void Hdf5Writer::column(const std::string& path, std::span<const std::int32_t> values,
                        const DatasetNote& note) {
  state_->put_column(path, H5T_NATIVE_INT32, values, note);
}

void Hdf5Writer::column(const std::string& path, std::span<const std::uint8_t> values,
                        const DatasetNote& note) {
  state_->put_column(path, H5T_NATIVE_UINT8, values, note);
}

void Hdf5Writer::grid(const std::string& path, std::span<const double> values, std::size_t columns,
                      const DatasetNote& note) {
  const std::array<hsize_t, 2> shape = {columns == 0 ? 0 : values.size() / columns, columns};
  const Hdf5Handle space(H5Screate_simple(2, shape.data(), nullptr), H5Sclose);
  state_->put_numbers(path, H5T_NATIVE_DOUBLE, space.get(), values.data(), note);
}

void Hdf5Writer::texts(const std::string& path, std::span<const std::string> values,
                       const std::string& description) {
  std::string longest;
  for (const std::string& value : values)
    if (value.size() > longest.size()) longest = value;
  const std::size_t width = longest.empty() ? 1 : longest.size();
  std::string padded;
  padded.reserve(values.size() * width);
  for (const std::string& value : values) padded.append(value).append(width - value.size(), '\0');
  const hsize_t rows = values.size();
  const Hdf5Handle type = text_type(longest);
  const Hdf5Handle space(H5Screate_simple(1, &rows, nullptr), H5Sclose);
  state_->put_numbers(path, type.get(), space.get(), padded.data(), {"1", description});
}

void Hdf5Writer::commit() {
  for (auto& [path, group] : state_->groups) state_->close(group);
  state_->groups.clear();
  checked(H5Fflush(state_->file.get(), H5F_SCOPE_LOCAL), state_->target);
  const ssize_t size = H5Fget_file_image(state_->file.get(), nullptr, 0);
  checked(size, state_->target);
  state_->close(state_->file);
  require(state_->image.bytes != nullptr, "HDF5 hands over the image of a closed file");
  state_->unnamed.write(
      {static_cast<const char*>(state_->image.bytes), static_cast<std::size_t>(size)});
  state_->place.hand_over(std::move(state_->unnamed));
}

}  // namespace pigou
