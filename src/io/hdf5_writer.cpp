#include "io/hdf5_writer.hpp"

#include <unistd.h>

#include <array>
#include <fstream>
#include <map>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "io/hdf5_handle.hpp"
#include "io/output_file.hpp"

namespace pigou {
namespace {

namespace fs = std::filesystem;

/// Every call that can fail goes through this.
hid_t checked(hid_t id, const fs::path& file) {
  if (id < 0)
    throw UserError("cannot write " + file.string(), "the HDF5 library refused: is the disk full?",
                    "free space or choose another place with -o");
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
  fs::path target;
  fs::path partial;
  Hdf5Handle file;
  Hdf5Handle dataset_list = untimed_list(H5P_DATASET_CREATE);
  Hdf5Handle group_list = untimed_list(H5P_GROUP_CREATE);
  std::map<std::string, Hdf5Handle> groups;
  bool committed = false;

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
  }

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
    const Hdf5Handle dataset = put_dataset(path, type, space, data);
    put_text(dataset.get(), "unit", note.unit);
    put_text(dataset.get(), "description", note.description);
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

void check_target(const fs::path& target) {
  if (target.empty())
    throw UserError("cannot write a file without a name", "-o is empty", "name the file after -o");
  std::error_code code;
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, code))
    throw UserError("cannot write " + target.string(), "there is no folder " + folder.string(),
                    "make it first");
  if (fs::is_directory(target, code))
    throw UserError("cannot write " + target.string(), "it is a folder", "name a file inside it");
  if (fs::exists(target, code) && !fs::is_regular_file(target, code))
    throw UserError("cannot write " + target.string(), "it is a device or a pipe",
                    "name a file of your own");
  if (access(folder.c_str(), W_OK) != 0)
    throw UserError("cannot write " + target.string(), "the folder is not writable",
                    "choose another place with -o");
}

void check_result_target(const fs::path& target) {
  check_target(target);
  std::error_code code;
  if (!fs::is_regular_file(target, code) || fs::file_size(target, code) == 0) return;
  std::array<char, 4> start{};
  std::ifstream(target, std::ios::binary).read(start.data(), start.size());
  if (std::string_view(start.data(), start.size()) != "\x89HDF")
    throw UserError("cannot write " + target.string(), "it exists and is not an HDF5 file",
                    "name another file, or remove this one first");
}

Hdf5Writer::Hdf5Writer(fs::path target, Hdf5Metadata metadata) : state_(std::make_unique<State>()) {
  silence_hdf5();
  state_->target = std::move(target);
  state_->partial = temporary_name(state_->target.string());
  const Hdf5Handle list = untimed_list(H5P_FILE_CREATE);
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  if (metadata == Hdf5Metadata::kChecksummed)
    H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_V110);
  state_->file = Hdf5Handle(
      checked(H5Fcreate(state_->partial.c_str(), H5F_ACC_TRUNC, list.get(), access.get()),
              state_->target),
      H5Fclose);
}

Hdf5Writer::~Hdf5Writer() {
  if (state_->committed) return;
  state_->groups.clear();
  state_->file.release();
  std::error_code code;
  fs::remove(state_->partial, code);
}

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
  const Hdf5Handle dataset = state_->put_dataset(path, type.get(), space.get(), value.c_str());
  state_->put_text(dataset.get(), "unit", "1");
  state_->put_text(dataset.get(), "description", description);
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
  state_->groups.clear();
  if (!state_->file.release()) checked(-1, state_->target);
  publish_file(state_->partial.string(), state_->target.string());
  state_->committed = true;
}

}  // namespace pigou
