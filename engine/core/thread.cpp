#include "engine/core/thread.h"

#include <pthread.h>

namespace fxs {

NamedThread::NamedThread(std::string name, std::function<void(std::stop_token)> body)
    : m_thread([name = name.substr(0, 15), body = std::move(body)](std::stop_token stop) {
          pthread_setname_np(pthread_self(), name.c_str());
          body(std::move(stop));
      }) {}

} // namespace fxs
