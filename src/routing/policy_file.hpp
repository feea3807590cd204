// What a policy is told by a file of its vendor's own form, beside numbers.
#pragma once

namespace pigou {

/// Such a file once it is checked (`router.policy_config`). Whoever reads its form and the policy
/// that uses it know what it is; everything between hands it on.
class PolicyFile {
 public:
  virtual ~PolicyFile() = default;

 protected:
  PolicyFile() = default;
  PolicyFile(const PolicyFile&) = default;
  PolicyFile& operator=(const PolicyFile&) = default;
};

}  // namespace pigou
