#pragma once

#include "engine/core/settings.h"
#include "engine/stream/message_socket.h"

#include <string>
#include <vector>

namespace fxs {

/// How a live stream is received, and what of its messages are the images. The address is the run's name.
struct StreamSettings {
    std::string socket = "request";
    std::string source; ///< name of the sender whose array holds the images; empty: found
    std::string path;   ///< of the array; empty: found
    std::string axes;   ///< "panel,slow,fast,frame": of the array; empty: found
    int queue = 8;      ///< messages that may wait
    std::string full = "auto";
    double firstMessage = 30; ///< s to wait for the first message
    int frames = 0;           ///< end after so many; 0: never
    double seconds = 0;       ///< end after so long; 0: never
    double idle = 0;          ///< s without anything new after which it ends; 0: never
    bool follow = false;      ///< files that are still being written are followed

    static const SettingsDescription<StreamSettings>& description();
    std::vector<Problem> validate() const;
    ReceiverOptions receiver(const std::string& address) const;
};

/// "tcp://host:port" or another address of ZeroMQ, as opposed to a file's name.
bool isStreamAddress(const std::string& name);

} // namespace fxs
