// The part of OpenMM's C++ API this project needs, cut down to what JavaCPP maps without effort:
// strings, plain arrays and one owning class. Exceptions that leave a function become Java
// RuntimeExceptions with their message; those of a single row never leave evaluate().
#pragma once

#include <dlfcn.h>

#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <OpenMM.h>
#include <openmm/serialization/XmlSerializer.h>

namespace cmt_openmm {

inline std::string version() { return OpenMM::Platform::getOpenMMVersion(); }

// Directory of the libOpenMM that the dynamic linker chose; plugins live below it.
inline std::string libraryDirectory() {
  Dl_info info;
  if (!dladdr(reinterpret_cast<void*>(&OpenMM::Platform::getOpenMMVersion), &info) ||
      !info.dli_fname)
    return "";
  const std::string file(info.dli_fname);
  const size_t slash = file.rfind('/');
  return slash == std::string::npos ? "" : file.substr(0, slash);
}

// One plugin file: OpenMM's own directory loader would pull GPU plugins too.
inline void loadPlugin(const std::string& file) { OpenMM::Platform::loadPluginLibrary(file); }

inline int platformCount() { return OpenMM::Platform::getNumPlatforms(); }

inline std::string platformName(int index) {
  return OpenMM::Platform::getPlatform(index).getName();
}

// Outcome of a row. The numbers are mirrored in OpenMmEnergy.
enum RowStatus { ROW_OK = 0, ROW_BAD_POSITION = 1, ROW_REFUSED = 2 };

// A System with a Context on one platform; for one thread at a time.
class EnergyContext {
 public:
  EnergyContext(const std::string& systemXml, const std::string& platformName)
      : integrator(0.001) {
    std::istringstream in(systemXml);
    system.reset(OpenMM::XmlSerializer::deserialize<OpenMM::System>(in));
    // One group per force lets energies be taken apart; 32 groups are all OpenMM has.
    if (system->getNumForces() <= 32)
      for (int i = 0; i < system->getNumForces(); ++i) system->getForce(i).setForceGroup(i);
    OpenMM::Platform& platform = OpenMM::Platform::getPlatformByName(platformName);
    std::map<std::string, std::string> properties;
    for (const std::string& name : platform.getPropertyNames())
      if (name == "Threads") properties[name] = "1";
    context.reset(new OpenMM::Context(*system, integrator, platform, properties));
    positions.resize(system->getNumParticles());
  }

  int particles() const { return system->getNumParticles(); }

  int forceCount() const { return system->getNumForces(); }

  // Why the last row with ROW_REFUSED was refused.
  std::string lastRefusal() const { return refusal; }

  // positionsNm [rows][particles][3], energyKjPerMol [rows], forces as positions or null,
  // status [rows]. groups is a mask of forces. A row that fails has NaN and a status.
  void evaluate(const double* positionsNm, int rows, int groups, double* energyKjPerMol,
                double* forcesKjPerMolNm, int* status) {
    const int types = OpenMM::State::Energy | (forcesKjPerMolNm ? OpenMM::State::Forces : 0);
    const int width = 3 * particles();
    for (int row = 0; row < rows; ++row) {
      double* force = forcesKjPerMolNm ? forcesKjPerMolNm + size_t(row) * width : nullptr;
      status[row] = evaluateRow(positionsNm + size_t(row) * width, types, groups,
                                energyKjPerMol + row, force);
      if (status[row] != ROW_OK) {
        energyKjPerMol[row] = std::numeric_limits<double>::quiet_NaN();
        for (int i = 0; force && i < width; ++i)
          force[i] = std::numeric_limits<double>::quiet_NaN();
      }
    }
  }

 private:
  // Positions that are not finite are caught here: platforms disagree about them (Reference returns
  // NaN, CPU throws).
  int evaluateRow(const double* x, int types, int groups, double* energy, double* force) {
    for (size_t i = 0; i < positions.size(); ++i, x += 3) {
      if (!std::isfinite(x[0]) || !std::isfinite(x[1]) || !std::isfinite(x[2]))
        return ROW_BAD_POSITION;
      positions[i] = OpenMM::Vec3(x[0], x[1], x[2]);
    }
    try {
      context->setPositions(positions);
      const OpenMM::State state = context->getState(types, false, groups);
      *energy = state.getPotentialEnergy();
      if (force) {
        for (const OpenMM::Vec3& f : state.getForces())
          for (int k = 0; k < 3; ++k) *force++ = f[k];
      }
      return ROW_OK;
    } catch (const std::bad_alloc&) {
      throw;  // the machine's trouble, not the row's: elsewhere the row may have an energy
    } catch (const std::system_error&) {
      throw;
    } catch (const std::exception& e) {
      refusal = e.what();
      return ROW_REFUSED;
    }
  }

  // Destroyed in reverse: the context before what it refers to.
  std::unique_ptr<OpenMM::System> system;
  OpenMM::VerletIntegrator integrator;
  std::unique_ptr<OpenMM::Context> context;
  std::vector<OpenMM::Vec3> positions;
  std::string refusal;
};

}  // namespace cmt_openmm
