#pragma once

#include "engine/io/hdf5.h"

#include <string>

/// How this program's HDF5 files reach the disk. HDF5 cannot close a file that cannot be written out: it keeps it,
/// refuses every further close, and crashes when the program ends. This driver never tells HDF5 of a write that
/// failed (a full disk): it remembers the first one and drops all later ones, as the file is lost anyway. Whoever
/// writes asks requireWritten() after it.
namespace fxs::h5 {

/// A file access property list with the driver. Throws: Error(internal).
PropertyHandle outputAccess();
/// Throws Error(io) "doing: the disk is full" if a write to the file of an object (or to a file) has failed.
void requireWritten(Id object, const std::string& doing);

} // namespace fxs::h5
