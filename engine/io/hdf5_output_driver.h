#pragma once

#include "engine/io/hdf5.h"

/// How this program's HDF5 files reach the disk. HDF5 cannot close a file that cannot be written out: it keeps it, refuses every
/// further close, and crashes at the end of the program. With this driver the first write that fails (a full disk) is an error with
/// the system's reason, and all later ones are dropped: the file is lost anyway, and everything closes.
namespace fxs::h5 {

/// A file access property list with the driver. Throws: Error(internal).
PropertyHandle outputAccess();
/// The errno of the first write of an open file that failed; 0 if none did, or the file has another driver.
int writeFailure(Id file) noexcept;

} // namespace fxs::h5
