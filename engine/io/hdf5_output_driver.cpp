#include "engine/io/hdf5_output_driver.h"

#include "engine/io/hdf5_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fxs::h5 {

namespace {

/// HDF5 sees the first member only.
struct OutputFile {
    H5FD_t base{};
    int descriptor = -1;
    haddr_t endOfAllocation = 0, endOfFile = 0;
    int failure = 0;
    struct stat identity {};
};

OutputFile* output(H5FD_t* file) {
    return reinterpret_cast<OutputFile*>(file);
}
const OutputFile* output(const H5FD_t* file) {
    return reinterpret_cast<const OutputFile*>(file);
}

/// Puts the system's reason where innermostMessage() finds it.
herr_t push(const char* what, int number) {
    H5Epush2(H5E_DEFAULT, __FILE__, "fxs output driver", __LINE__, H5E_ERR_CLS, H5E_IO, H5E_WRITEERROR,
             "%s: errno = %d", what, number);
    return -1;
}

H5FD_t* openFile(const char* name, unsigned flags, hid_t, haddr_t) {
    const int mode = ((flags & H5F_ACC_RDWR) ? O_RDWR : O_RDONLY) | ((flags & H5F_ACC_TRUNC) ? O_TRUNC : 0) |
                     ((flags & H5F_ACC_CREAT) ? O_CREAT : 0) | ((flags & H5F_ACC_EXCL) ? O_EXCL : 0) | O_CLOEXEC;
    auto file = std::make_unique<OutputFile>();
    file->descriptor = ::open(name, mode, 0666);
    if (file->descriptor < 0 || fstat(file->descriptor, &file->identity) != 0) {
        push("open failed", errno);
        if (file->descriptor >= 0)
            ::close(file->descriptor);
        return nullptr;
    }
    file->endOfFile = static_cast<haddr_t>(file->identity.st_size);
    return &file.release()->base;
}

herr_t closeFile(H5FD_t* base) {
    const std::unique_ptr<OutputFile> file(output(base));
    ::close(file->descriptor); // AtomicOutput::commit() asks the system whether all of it reached the disk
    return 0;
}

int compare(const H5FD_t* a, const H5FD_t* b) {
    const auto& x = output(a)->identity;
    const auto& y = output(b)->identity;
    if (x.st_dev != y.st_dev)
        return x.st_dev < y.st_dev ? -1 : 1;
    return x.st_ino == y.st_ino ? 0 : x.st_ino < y.st_ino ? -1 : 1;
}

herr_t query(const H5FD_t*, unsigned long* flags) {
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA;
#ifdef H5FD_FEAT_DEFAULT_VFD_COMPATIBLE
    *flags |= H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
#endif
    return 0;
}

haddr_t endOfAllocation(const H5FD_t* file, H5FD_mem_t) {
    return output(file)->endOfAllocation;
}
herr_t setEndOfAllocation(H5FD_t* file, H5FD_mem_t, haddr_t address) {
    output(file)->endOfAllocation = address;
    return 0;
}
haddr_t endOfFile(const H5FD_t* file, H5FD_mem_t) {
    return output(file)->endOfFile;
}
herr_t handle(H5FD_t* file, hid_t, void** out) {
    *out = output(file);
    return 0;
}

herr_t readBytes(H5FD_t* base, H5FD_mem_t, hid_t, haddr_t address, std::size_t size, void* buffer) {
    OutputFile& file = *output(base);
    char* at = static_cast<char*>(buffer);
    while (size > 0) {
        const ssize_t n = pread(file.descriptor, at, size, static_cast<off_t>(address));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return push("read failed", errno);
        if (n == 0) { // beyond the end of the file there are zeros
            std::memset(at, 0, size);
            return 0;
        }
        at += n;
        address += static_cast<haddr_t>(n);
        size -= static_cast<std::size_t>(n);
    }
    return 0;
}

herr_t writeBytes(H5FD_t* base, H5FD_mem_t, hid_t, haddr_t address, std::size_t size, const void* buffer) {
    OutputFile& file = *output(base);
    const char* at = static_cast<const char*>(buffer);
    while (size > 0 && file.failure == 0) {
        const ssize_t n = pwrite(file.descriptor, at, size, static_cast<off_t>(address));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            file.failure = errno ? errno : EIO;
            break;
        }
        at += n;
        address += static_cast<haddr_t>(n);
        size -= static_cast<std::size_t>(n);
    }
    file.endOfFile = std::max(file.endOfFile, address + size);
    return 0;
}

herr_t truncateFile(H5FD_t* base, hid_t, hbool_t) {
    OutputFile& file = *output(base);
    if (file.endOfAllocation == file.endOfFile)
        return 0;
    if (file.failure == 0 && ftruncate(file.descriptor, static_cast<off_t>(file.endOfAllocation)) != 0)
        file.failure = errno;
    file.endOfFile = file.endOfAllocation;
    return 0;
}

const H5FD_class_t& driverClass() {
    static const H5FD_class_t driver = [] {
        H5FD_class_t d{};
        d.name = "fxs_output";
        d.maxaddr = (haddr_t{1} << 62) - 1;
        d.fc_degree = H5F_CLOSE_WEAK;
        d.open = openFile;
        d.close = closeFile;
        d.cmp = compare;
        d.query = query;
        d.get_eoa = endOfAllocation;
        d.set_eoa = setEndOfAllocation;
        d.get_eof = endOfFile;
        d.get_handle = handle;
        d.read = readBytes;
        d.write = writeBytes;
        d.truncate = truncateFile;
        const H5FD_mem_t freeLists[] = H5FD_FLMAP_DICHOTOMY;
        std::copy(std::begin(freeLists), std::end(freeLists), std::begin(d.fl_map));
        return d;
    }();
    return driver;
}

hid_t driverId() {
    // Registered once; HDF5 lets go of it when the library ends.
    static const hid_t id = H5FDregister(&driverClass());
    return id;
}

} // namespace

PropertyHandle outputAccess() {
    const auto doing = [] { return std::string("setting up an output file"); };
    PropertyHandle access(checked(ErrorCode::internal, doing, [] { return H5Pcreate(H5P_FILE_ACCESS); }));
    checked(ErrorCode::internal, doing, [&] { return H5Pset_driver(access.id(), driverId(), nullptr); });
    return access;
}

void requireWritten(Id object, const std::string& doing) {
    silence();
    const FileHandle file(H5Iget_file_id(object));
    const PropertyHandle access(file ? H5Fget_access_plist(file.id()) : kNoId);
    void* found = nullptr;
    if (!access || H5Pget_driver(access.id()) != driverId() || H5Fget_vfd_handle(file.id(), H5P_DEFAULT, &found) < 0 ||
        !found)
        return;
    if (const int number = static_cast<const OutputFile*>(found)->failure)
        throw Error(ErrorCode::io, fmt::format("{}: {}", doing, systemWords(number)));
}

} // namespace fxs::h5
