#include "engine/io/hdf5.h"

#include "engine/io/hdf5_check.h"
#include "engine/io/hdf5_output_driver.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstring>
#include <numeric>

namespace fxs::h5 {

namespace {

struct Filter {
    H5Z_filter_t id = 0;
    std::string name;
    std::string package; ///< where its plugin comes from, if it is one
};

Filter describeFilter(H5Z_filter_t id) {
    switch (id) {
    case H5Z_FILTER_DEFLATE:
        return {id, "gzip", ""};
    case H5Z_FILTER_SHUFFLE:
        return {id, "shuffle", ""};
    case H5Z_FILTER_FLETCHER32:
        return {id, "fletcher32", ""};
    case H5Z_FILTER_SZIP:
        return {id, "szip", ""};
    case H5Z_FILTER_NBIT:
        return {id, "nbit", ""};
    case H5Z_FILTER_SCALEOFFSET:
        return {id, "scale-offset", ""};
    case 307:
        return {id, "bzip2", "hdf5-filter-plugin"};
    case 32001:
        return {id, "Blosc", "hdf5-filter-plugin-blosc-serial"};
    case 32004:
        return {id, "LZ4", "hdf5-filter-plugin"};
    case 32008:
        return {id, "bitshuffle", "bitshuffle"};
    case 32015:
        return {id, "Zstandard", ""};
    default:
        return {id, fmt::format("filter {}", id), ""};
    }
}

std::vector<Filter> filtersOf(hid_t dataset) {
    const PropertyHandle properties(H5Dget_create_plist(dataset));
    std::vector<Filter> filters;
    const int count = properties ? H5Pget_nfilters(properties.id()) : 0;
    for (int i = 0; i < count; ++i) {
        unsigned flags = 0, config = 0;
        std::size_t values = 0;
        const auto filter =
            H5Pget_filter2(properties.id(), static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, &config);
        if (filter >= 0)
            filters.push_back(describeFilter(filter));
    }
    return filters;
}

bool isInstalled(const Filter& filter) {
    silence();
    return H5Zfilter_avail(filter.id) > 0;
}

} // namespace

Dataset::Dataset(std::shared_ptr<const std::string> file, std::string path, DatasetHandle handle)
    : Object(std::move(file), std::move(path)), m_handle(std::move(handle)) {
    const auto doing = [&] { return "examining " + name(); };
    const SpaceHandle space(checked(ErrorCode::io, doing, [&] { return H5Dget_space(m_handle.id()); }));
    const TypeHandle type(checked(ErrorCode::io, doing, [&] { return H5Dget_type(m_handle.id()); }));
    const int rank = checked(ErrorCode::io, doing, [&] { return H5Sget_simple_extent_ndims(space.id()); });
    std::vector<hsize_t> extent(static_cast<std::size_t>(rank));
    if (rank > 0)
        checked(ErrorCode::io, doing, [&] { return H5Sget_simple_extent_dims(space.id(), extent.data(), nullptr); });
    m_shape.assign(extent.begin(), extent.end());
    m_valueType = typeName(type.id());
}

std::uint64_t Dataset::size() const {
    return std::accumulate(m_shape.begin(), m_shape.end(), std::uint64_t{1}, std::multiplies<>());
}

bool Dataset::isNumeric() const {
    return m_valueType.starts_with("int") || m_valueType.starts_with("uint") || m_valueType.starts_with("float") ||
           m_valueType == "boolean";
}

std::vector<std::string> Dataset::filters() const {
    std::vector<std::string> names;
    for (const Filter& filter : filtersOf(m_handle.id()))
        names.push_back(filter.name + (isInstalled(filter) ? "" : " (not installed)"));
    return names;
}

Extent Dataset::chunk() const {
    const PropertyHandle properties(H5Dget_create_plist(m_handle.id()));
    if (!properties || H5Pget_layout(properties.id()) != H5D_CHUNKED)
        return {};
    std::vector<hsize_t> chunk(m_shape.size());
    if (H5Pget_chunk(properties.id(), static_cast<int>(chunk.size()), chunk.data()) < 0)
        return {};
    return {chunk.begin(), chunk.end()};
}

void Dataset::requireRank(std::size_t rank) const {
    if (m_shape.size() != rank)
        throw Error(ErrorCode::badInput, fmt::format("dataset {} has {} axes (shape {}), expected {}", name(),
                                                     m_shape.size(), fmt::join(m_shape, " x "), rank));
}

void Dataset::requireShape(const Extent& expected, const std::string& meaning) const {
    if (m_shape != expected)
        throw Error(ErrorCode::badInput, fmt::format("dataset {} is {}, expected {} ({})", name(),
                                                     fmt::join(m_shape, " x "), fmt::join(expected, " x "), meaning));
}

void Dataset::requireOne() const {
    if (size() != 1)
        throw Error(ErrorCode::badInput, fmt::format("dataset {} has {} values (shape {}), expected one", name(),
                                                     size(), fmt::join(m_shape, " x ")));
}

void Dataset::requireFilters() const {
    for (const Filter& filter : filtersOf(m_handle.id()))
        if (!isInstalled(filter))
            throw Error(
                ErrorCode::unsupported,
                fmt::format("dataset {} is compressed with {} (HDF5 filter {}), whose plugin is not installed{}; "
                            "HDF5_PLUGIN_PATH names the folder of plugins",
                            name(), filter.name, filter.id,
                            filter.package.empty() ? "" : fmt::format(" (Debian: {})", filter.package)));
}

void Dataset::readAll(Number number, void* out) const {
    if (!isNumeric())
        throw Error(ErrorCode::badInput, fmt::format("dataset {} holds {}, expected numbers", name(), m_valueType));
    if (size() == 0)
        return;
    requireFilters();
    checked(
        ErrorCode::io, [&] { return "reading " + name(); },
        [&] { return H5Dread(m_handle.id(), nativeType(number), H5S_ALL, H5S_ALL, H5P_DEFAULT, out); });
}

std::vector<double> Dataset::readComplex() const {
    const std::size_t count = static_cast<std::size_t>(size());
    std::vector<double> out(2 * count);
    if (isNumeric()) {
        std::vector<double> real(count);
        readAll(Number::float64, real.data());
        for (std::size_t i = 0; i < count; ++i)
            out[2 * i] = real[i];
        return out;
    }
    if (!m_valueType.starts_with("complex"))
        throw Error(ErrorCode::badInput, fmt::format("dataset {} holds {}, expected numbers", name(), m_valueType));
    requireFilters();
    const auto doing = [&] { return "reading " + name(); };
    const TypeHandle pair(
        checked(ErrorCode::internal, doing, [] { return H5Tcreate(H5T_COMPOUND, 2 * sizeof(double)); }));
    checked(ErrorCode::internal, doing, [&] { return H5Tinsert(pair.id(), "r", 0, H5T_NATIVE_DOUBLE); });
    checked(ErrorCode::internal, doing, [&] { return H5Tinsert(pair.id(), "i", sizeof(double), H5T_NATIVE_DOUBLE); });
    checked(ErrorCode::io, doing,
            [&] { return H5Dread(m_handle.id(), pair.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, out.data()); });
    return out;
}

std::string Dataset::readText() const {
    requireOne();
    return readTexts().front();
}

std::vector<std::string> Dataset::readTexts() const {
    if (!isText())
        throw Error(ErrorCode::badInput, fmt::format("dataset {} holds {}, expected text", name(), m_valueType));
    const auto doing = [&] { return "reading " + name(); };
    const TypeHandle type(checked(ErrorCode::io, doing, [&] { return H5Dget_type(m_handle.id()); }));
    const std::size_t count = static_cast<std::size_t>(size());
    std::vector<std::string> texts(count);
    if (count == 0)
        return texts;
    if (H5Tis_variable_str(type.id()) > 0) {
        std::vector<char*> pointers(count, nullptr);
        const SpaceHandle space(checked(ErrorCode::io, doing, [&] { return H5Dget_space(m_handle.id()); }));
        checked(ErrorCode::io, doing,
                [&] { return H5Dread(m_handle.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()); });
        for (std::size_t i = 0; i < count; ++i)
            texts[i] = pointers[i] ? pointers[i] : "";
        H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, pointers.data());
        return texts;
    }
    const std::size_t width = H5Tget_size(type.id());
    std::string all(count * width, '\0');
    checked(ErrorCode::io, doing,
            [&] { return H5Dread(m_handle.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, all.data()); });
    for (std::size_t i = 0; i < count; ++i)
        texts[i].assign(all.data() + i * width, strnlen(all.data() + i * width, width));
    return texts;
}

namespace {

/// The memory and file selections of a block.
std::pair<SpaceHandle, SpaceHandle> selectBlock(hid_t dataset, const Extent& offset, const Extent& count,
                                                const std::string& doing, const MemoryPlace* place = nullptr) {
    const auto what = [&] { return doing; };
    const std::vector<hsize_t> start(offset.begin(), offset.end()), extent(count.begin(), count.end());
    SpaceHandle file(checked(ErrorCode::io, what, [&] { return H5Dget_space(dataset); }));
    checked(ErrorCode::io, what, [&] {
        return H5Sselect_hyperslab(file.id(), H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr);
    });
    const std::vector<hsize_t> whole = place ? std::vector<hsize_t>(place->shape.begin(), place->shape.end()) : extent;
    SpaceHandle memory(checked(
        ErrorCode::io, what, [&] { return H5Screate_simple(static_cast<int>(whole.size()), whole.data(), nullptr); }));
    if (place) {
        const std::vector<hsize_t> at(place->offset.begin(), place->offset.end());
        checked(ErrorCode::io, what, [&] {
            return H5Sselect_hyperslab(memory.id(), H5S_SELECT_SET, at.data(), nullptr, extent.data(), nullptr);
        });
    }
    return {std::move(memory), std::move(file)};
}

} // namespace

void Dataset::readBlock(const Extent& offset, const Extent& count, Number number, void* out,
                        const MemoryPlace* place) const {
    requireRank(count.size());
    if (!isNumeric())
        throw Error(ErrorCode::badInput, fmt::format("dataset {} holds {}, expected numbers", name(), m_valueType));
    for (std::size_t i = 0; i < count.size(); ++i)
        if (offset[i] + count[i] > m_shape[i])
            throw Error(ErrorCode::badInput,
                        fmt::format("dataset {} has {} entries along axis {}, expected at least {}", name(), m_shape[i],
                                    i, offset[i] + count[i]));
    if (std::accumulate(count.begin(), count.end(), std::uint64_t{1}, std::multiplies<>()) == 0)
        return;
    requireFilters();
    const auto doing = [&] {
        return fmt::format("reading {}, entries {} to {}", name(), offset[0], offset[0] + count[0] - 1);
    };
    const auto [memory, file] = selectBlock(m_handle.id(), offset, count, doing(), place);
    checked(ErrorCode::io, doing, [&, &m = memory, &f = file] {
        return H5Dread(m_handle.id(), nativeType(number), m.id(), f.id(), H5P_DEFAULT, out);
    });
}

void Dataset::writeBlock(const Extent& offset, const Extent& count, Number number, const void* values) {
    requireRank(count.size());
    const std::string doing = "writing " + name();
    const auto [memory, file] = selectBlock(m_handle.id(), offset, count, doing);
    checked(
        ErrorCode::io, [&] { return doing; },
        [&, &m = memory, &f = file] {
            return H5Dwrite(m_handle.id(), nativeType(number), m.id(), f.id(), H5P_DEFAULT, values);
        });
    requireWritten(m_handle.id(), doing);
}

void Dataset::resizeFirst(std::uint64_t count) {
    std::vector<hsize_t> extent(m_shape.begin(), m_shape.end());
    extent.at(0) = count;
    checked(
        ErrorCode::io, [&] { return "growing " + name(); },
        [&] { return H5Dset_extent(m_handle.id(), extent.data()); });
    m_shape[0] = count;
}

} // namespace fxs::h5
