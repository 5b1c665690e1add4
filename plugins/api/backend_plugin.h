#pragma once

#include "plugins/api/remote_backend.h"

#include <QtPlugin>

#include <memory>
#include <string>
#include <vector>

namespace fxs {

/// Raised with every change of the classes that a plugin and the program share; a plugin says in its metadata which one
/// it was built for: {"type": "fxs-backend", "api": 1, "name": "Slurm"}.
inline constexpr int kBackendPluginApi = 1;
inline constexpr const char* kBackendPluginType = "fxs-backend";

/// A cluster as its user describes it. No secrets.
struct BackendProfile {
    std::string name; ///< unique; also the file's name
    SettingValues values;
};

/// What the program gives a backend.
struct BackendSurroundings {
    std::string askProgram; ///< shows its first argument, prints the answer (SSH_ASKPASS); empty: nobody can be asked
};

/// The root object of a plugin: makes backends, keeps their profiles.
/// Threads: one at a time. Errors: Error(badInput, notFound, noPermission, io) of files; Error(badSettings).
class BackendPlugin {
public:
    virtual ~BackendPlugin() = default;
    virtual std::string name() const = 0;                     ///< "Slurm"
    virtual std::vector<SettingInfo> profileForm() const = 0; ///< what a profile's form is drawn from
    virtual std::vector<Problem> checkProfile(const BackendProfile& profile) const = 0;

    /// Those kept, by name. A file that cannot be read is passed over and told in `problems`.
    virtual std::vector<BackendProfile> profiles(std::vector<std::string>* problems = nullptr) const = 0;
    virtual void saveProfile(const BackendProfile& profile) = 0; ///< also replaces
    virtual void removeProfile(const std::string& name) = 0;

    /// Reaches nobody yet. Jobs submitted earlier under this profile are in its records(). Throws: Error(badSettings).
    virtual std::unique_ptr<RemoteBackend> create(const BackendProfile& profile,
                                                  const BackendSurroundings& surroundings) = 0;
};

} // namespace fxs

#define FXS_BACKEND_PLUGIN_IID "fxs-workbench.BackendPlugin"
Q_DECLARE_INTERFACE(fxs::BackendPlugin, FXS_BACKEND_PLUGIN_IID)
