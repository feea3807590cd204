#include "io/hdf5_reader.hpp"

#include <cerrno>
#include <cstring>

#include "core/error.hpp"
#include "io/hdf5_handle.hpp"
#include "io/text_file.hpp"

namespace pigou {
namespace {

constexpr std::size_t kLongestText = 65'536;
constexpr std::size_t kLongestList = 16;

}  // namespace

struct Hdf5Reader::State {
  std::string path;
  std::uint64_t bytes = 0;
  Hdf5Handle file;

  /// True if every link on the way is a hard one: others may lead out of the file.
  bool reachable(const std::string& dataset) const {
    for (std::size_t at = 1; at != std::string::npos;) {
      at = dataset.find('/', at);
      const std::string part = dataset.substr(0, at);
      if (at != std::string::npos) ++at;
      if (H5Lexists(file.get(), part.c_str(), H5P_DEFAULT) <= 0) return false;
      H5L_info_t info;
      if (H5Lget_info(file.get(), part.c_str(), &info, H5P_DEFAULT) < 0) return false;
      if (info.type != H5L_TYPE_HARD) return false;
    }
    return true;
  }
};

Hdf5Reader::Hdf5Reader(std::string path) : state_(std::make_unique<State>()) {
  start_hdf5();
  state_->path = std::move(path);
  { const TextFile readable(state_->path); }  // missing, forbidden, empty, a folder: its errors
  state_->bytes = file_size(state_->path);
  state_->file = Hdf5Handle(H5Fopen(state_->path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (!state_->file.good())
    throw UserError("cannot open '" + state_->path + "'",
                    "it is cut short, damaged or no HDF5 file", "copy or make it again");
}

Hdf5Reader::~Hdf5Reader() = default;

const std::string& Hdf5Reader::path() const { return state_->path; }

void Hdf5Reader::reject(const std::string& why) const {
  throw UserError("cannot read '" + state_->path + "'", why,
                  "the file is damaged or was not made by Pigou: make it again");
}

std::optional<std::string> Hdf5Reader::text_attribute(const std::string& name) const {
  if (H5Aexists(state_->file.get(), name.c_str()) <= 0) return std::nullopt;
  const Hdf5Handle attribute(H5Aopen(state_->file.get(), name.c_str(), H5P_DEFAULT), H5Aclose);
  const Hdf5Handle type(H5Aget_type(attribute.get()), H5Tclose);
  const Hdf5Handle space(H5Aget_space(attribute.get()), H5Sclose);
  if (!attribute.good() || !type.good() || !space.good()) return std::nullopt;
  const std::size_t size = H5Tget_size(type.get());
  if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0 ||
      H5Sget_simple_extent_npoints(space.get()) != 1 || size == 0 || size > kLongestText)
    return std::nullopt;
  std::string text(size, '\0');
  if (H5Aread(attribute.get(), type.get(), text.data()) < 0) return std::nullopt;
  text.resize(text.find_last_not_of('\0') + 1);
  return text;
}

std::vector<int> Hdf5Reader::integer_attribute(const std::string& name) const {
  if (H5Aexists(state_->file.get(), name.c_str()) <= 0) return {};
  const Hdf5Handle attribute(H5Aopen(state_->file.get(), name.c_str(), H5P_DEFAULT), H5Aclose);
  const Hdf5Handle type(H5Aget_type(attribute.get()), H5Tclose);
  const Hdf5Handle space(H5Aget_space(attribute.get()), H5Sclose);
  if (!attribute.good() || !type.good() || !space.good()) return {};
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (H5Tget_class(type.get()) != H5T_INTEGER || count < 1 ||
      count > static_cast<hssize_t>(kLongestList))
    return {};
  std::vector<int> values(static_cast<std::size_t>(count));
  if (H5Aread(attribute.get(), H5T_NATIVE_INT, values.data()) < 0) return {};
  return values;
}

namespace {

/// An open dataset that has passed all checks but that of its type.
struct Dataset {
  Hdf5Handle id;
  Hdf5Handle type;
  std::uint64_t entries = 0;
};

/// The dataset, or in `fault` why it cannot be had.
Dataset open_dataset(hid_t file, const std::string& path, std::uint64_t file_bytes,
                     const char*& fault) {
  Dataset dataset;
  dataset.id = Hdf5Handle(H5Dopen2(file, path.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset.id.good()) return fault = "is no dataset or is damaged", Dataset{};
  dataset.type = Hdf5Handle(H5Dget_type(dataset.id.get()), H5Tclose);
  const Hdf5Handle space(H5Dget_space(dataset.id.get()), H5Sclose);
  const Hdf5Handle list(H5Dget_create_plist(dataset.id.get()), H5Pclose);
  if (!dataset.type.good() || !space.good() || !list.good()) return fault = "is damaged", Dataset{};
  if (H5Sget_simple_extent_ndims(space.get()) > 1) return fault = "is no column", Dataset{};
  const hssize_t entries = H5Sget_simple_extent_npoints(space.get());
  const std::size_t size = H5Tget_size(dataset.type.get());
  const H5D_layout_t layout = H5Pget_layout(list.get());
  if ((layout != H5D_CONTIGUOUS && layout != H5D_COMPACT) || H5Pget_external_count(list.get()) != 0)
    return fault = "is compressed, chunked or kept in another file", Dataset{};
  if (entries < 0 || size == 0 || static_cast<std::uint64_t>(entries) > file_bytes / size)
    return fault = "claims more data than the file has", Dataset{};
  dataset.entries = static_cast<std::uint64_t>(entries);
  // Space that was never allotted would be read as zeros.
  if (entries > 0 && H5Dget_storage_size(dataset.id.get()) != dataset.entries * size)
    return fault = "has no data", Dataset{};
  return dataset;
}

void read_dataset(const Hdf5Reader& reader, const Dataset& dataset, const std::string& path,
                  hid_t type, void* to, std::size_t entries) {
  if (dataset.entries != entries)
    reader.reject(path + " has " + std::to_string(dataset.entries) + " entries instead of " +
                  std::to_string(entries));
  const H5T_class_t kind = H5Tget_class(type);
  const bool same = H5Tget_class(dataset.type.get()) == kind &&
                    H5Tget_size(dataset.type.get()) == H5Tget_size(type) &&
                    (kind != H5T_INTEGER || H5Tget_sign(dataset.type.get()) == H5Tget_sign(type));
  if (!same) reader.reject(path + " is of another type");
  if (entries > 0 && H5Dread(dataset.id.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, to) < 0)
    reader.reject(path + " cannot be read");
}

}  // namespace

bool Hdf5Reader::has(const std::string& dataset) const { return state_->reachable(dataset); }

std::uint64_t Hdf5Reader::entries(const std::string& dataset) const {
  if (!has(dataset)) reject(dataset + " is missing");
  const char* fault = nullptr;
  const Dataset opened = open_dataset(state_->file.get(), dataset, state_->bytes, fault);
  if (fault != nullptr) reject(dataset + " " + fault);
  return opened.entries;
}

namespace {

template <class T>
void read_column(const Hdf5Reader& reader, hid_t file, std::uint64_t bytes, const std::string& path,
                 hid_t type, std::span<T> to) {
  if (!reader.has(path)) reader.reject(path + " is missing");
  const char* fault = nullptr;
  const Dataset dataset = open_dataset(file, path, bytes, fault);
  if (fault != nullptr) reader.reject(path + " " + fault);
  read_dataset(reader, dataset, path, type, to.data(), to.size());
}

}  // namespace

void Hdf5Reader::column(const std::string& dataset, std::span<std::int64_t> to) const {
  read_column(*this, state_->file.get(), state_->bytes, dataset, H5T_NATIVE_INT64, to);
}

void Hdf5Reader::column(const std::string& dataset, std::span<std::uint64_t> to) const {
  read_column(*this, state_->file.get(), state_->bytes, dataset, H5T_NATIVE_UINT64, to);
}

void Hdf5Reader::column(const std::string& dataset, std::span<std::int32_t> to) const {
  read_column(*this, state_->file.get(), state_->bytes, dataset, H5T_NATIVE_INT32, to);
}

void Hdf5Reader::column(const std::string& dataset, std::span<std::uint32_t> to) const {
  read_column(*this, state_->file.get(), state_->bytes, dataset, H5T_NATIVE_UINT32, to);
}

void Hdf5Reader::column(const std::string& dataset, std::span<std::uint8_t> to) const {
  read_column(*this, state_->file.get(), state_->bytes, dataset, H5T_NATIVE_UINT8, to);
}

void Hdf5Reader::column(const std::string& dataset, std::span<double> to) const {
  read_column(*this, state_->file.get(), state_->bytes, dataset, H5T_NATIVE_DOUBLE, to);
}

std::vector<std::string> Hdf5Reader::texts(const std::string& dataset) const {
  if (!has(dataset)) reject(dataset + " is missing");
  const char* fault = nullptr;
  const Dataset opened = open_dataset(state_->file.get(), dataset, state_->bytes, fault);
  if (fault != nullptr) reject(dataset + " " + fault);
  const hid_t type = opened.type.get();
  if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) > 0)
    reject(dataset + " is of another type");
  const std::size_t width = H5Tget_size(type);
  std::string padded(opened.entries * width, '\0');
  read_dataset(*this, opened, dataset, type, padded.data(), opened.entries);
  std::vector<std::string> values;
  for (std::uint64_t n = 0; n < opened.entries; ++n) {
    std::string value = padded.substr(n * width, width);
    value.resize(value.find_last_not_of('\0') + 1);
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace pigou
