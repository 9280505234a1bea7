// Lets a process stop at chosen system calls only, so that all others run at full speed.
#pragma once

namespace holdfast::faults {

/// For the calling process and all that comes of it, programs that it starts included: each call of all_calls() stops
/// for the tracer, which must be there. Gives up the right to gain privileges. Throws std::system_error.
void stop_at_interesting_calls();

}  // namespace holdfast::faults
